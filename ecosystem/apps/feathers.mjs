import { feathers } from '@feathersjs/feathers'
import { bodyParser, errorHandler, koa, rest } from '@feathersjs/koa'

class MessageService {
  messages = []

  async find() {
    return this.messages
  }

  async create({ text }) {
    return { id: 0, text }
  }
}

const app = koa(feathers())
app.use(errorHandler())
app.use(bodyParser())
app.configure(rest())
app.use('messages', new MessageService())

app.listen(process.env.PORT || 3030).then(() => console.log('Feathers server listening'))
