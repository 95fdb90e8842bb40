import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

const typeDefs = `#graphql
  type Book {
    title: String
    author: String
  }
  type Query {
    books: [Book]
    broken: String
  }
`
const books = [
  { title: 'The Awakening', author: 'Kate Chopin' },
  { title: 'City of Glass', author: 'Paul Auster' },
]
const resolvers = {
  Query: {
    books: () => books,
    broken: () => {
      throw new Error('broken')
    },
  },
}

const server = new ApolloServer({ typeDefs, resolvers })
const { url } = await startStandaloneServer(server, { listen: { port: Number(process.env.PORT || 4000) } })
console.log(`Server ready at: ${url}`)
