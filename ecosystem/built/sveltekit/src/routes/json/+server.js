import { json } from '@sveltejs/kit'

export const GET = ({ url }) => json({ hello: 'world', query: Object.fromEntries(url.searchParams) })
export const POST = async ({ request }) => json(await request.json(), { status: 201 })
