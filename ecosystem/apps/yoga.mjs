import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'

const yoga = createYoga({
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      type Book {
        title: String
        author: String
      }
      type Query {
        books: [Book]
        broken: String
      }
      type Subscription {
        countdown(from: Int!): Int!
      }
    `,
    resolvers: {
      Query: {
        books: () => [{ title: 'The Awakening', author: 'Kate Chopin' }],
        broken: () => {
          throw new Error('broken')
        },
      },
      Subscription: {
        countdown: {
          async *subscribe(_, { from }) {
            for (let left = from; left >= 0; left--) yield { countdown: left }
          },
        },
      },
    },
  }),
})

const server = createServer(yoga)
server.listen(process.env.PORT || 4000, () => console.info('Server is running'))
