const http = require('node:http')
const { GraphQLObjectType, GraphQLSchema, GraphQLString } = require('graphql')
const { createHandler } = require('graphql-http/lib/use/http')

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      hello: { type: GraphQLString, resolve: () => 'world' },
      broken: {
        type: GraphQLString,
        resolve: () => {
          throw new Error('broken')
        },
      },
    },
  }),
})

const handler = createHandler({ schema })
const server = http.createServer((req, res) => {
  if (req.url.startsWith('/graphql')) handler(req, res)
  else res.writeHead(404).end()
})
server.listen(process.env.PORT || 4000)
