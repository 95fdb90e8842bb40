// Many large bodies at once, each with bytes of its own: where memory is used again, none may see another's.
import { request } from 'node:http'

const LENGTHS = [20_000, 70_000, 300_000, 1_000_000, 1_500_000, 65_536, 700_000, 3_000_000]

/** Clients that send `each` bodies one after the other; gives how many did not come back as they were. The application echoes them. */
export async function wrongEchoes(url: string, each: number): Promise<number> {
  const wrong = await Promise.all(LENGTHS.map((length, i) => wrongOf(url, length, i, each)))
  return wrong.reduce((sum, count) => sum + count, 0)
}

async function wrongOf(url: string, length: number, client: number, count: number): Promise<number> {
  let wrong = 0
  for (let i = 0; i < count; i++) {
    const body = Buffer.alloc(length, `${client}:${i};`)
    if (!(await echo(url, body)).equals(body)) wrong++
  }
  return wrong
}

function echo(url: string, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent: false }, response => {
      const pieces: Buffer[] = []
      response.on('data', piece => pieces.push(piece)).on('end', () => resolve(Buffer.concat(pieces)))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
