import { initTRPC } from '@trpc/server'
import { createHTTPServer } from '@trpc/server/adapters/standalone'
import { z } from 'zod'

const t = initTRPC.create()
const appRouter = t.router({
  greeting: t.procedure.input(z.object({ name: z.string() })).query(({ input }) => `Hello ${input.name}`),
  createUser: t.procedure.input(z.object({ name: z.string() })).mutation(({ input }) => ({ id: 1, ...input })),
  countdown: t.procedure.subscription(async function* () {
    for (const left of [3, 2, 1]) yield left
  }),
  broken: t.procedure.query(() => {
    throw new Error('broken')
  }),
})

createHTTPServer({ router: appRouter }).listen(Number(process.env.PORT || 3000))
