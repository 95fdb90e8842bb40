export const loader = ({ request }) =>
  Response.json({ hello: 'world', query: Object.fromEntries(new URL(request.url).searchParams) })

export const action = async ({ request }) => {
  try {
    return Response.json(await request.json(), { status: 201 })
  } catch {
    return new Response('no JSON', { status: 400 })
  }
}
