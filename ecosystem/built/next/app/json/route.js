export async function GET(request) {
  return Response.json({ hello: 'world', query: Object.fromEntries(request.nextUrl.searchParams) })
}

export async function POST(request) {
  return Response.json(await request.json(), { status: 201 })
}
