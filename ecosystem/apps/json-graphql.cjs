const express = require('express')
const { default: jsonGraphqlExpress } = require('json-graphql-server/node')

const data = {
  posts: [
    { id: 1, title: 'Lorem Ipsum', views: 254, user_id: 123 },
    { id: 2, title: 'Sic Dolor amet', views: 65, user_id: 456 },
  ],
  users: [
    { id: 123, name: 'John Doe' },
    { id: 456, name: 'Jane Doe' },
  ],
}

const app = express()
app.use('/graphql', jsonGraphqlExpress(data))
app.listen(process.env.PORT || 3000)
