export const GET = ({ url }) => Response.json({ hello: 'world', query: Object.fromEntries(url.searchParams) })
export const POST = async ({ request }) => Response.json(await request.json(), { status: 201 })
