// The module of both NestJS applications: their decorators, written as the calls that TypeScript makes of them.
require('reflect-metadata')
const common = require('@nestjs/common')

class AppController {
  getHello() {
    return 'Hello World!'
  }

  getJson(query) {
    return { hello: 'world', query }
  }

  postJson(body) {
    return body
  }

  postForm(body) {
    return body
  }

  redirect() {}

  events() {
    const { interval, map, take } = require('rxjs')
    return interval(10).pipe(
      take(3),
      map(data => ({ data: String(data) })),
    )
  }

  broken() {
    throw new Error('broken')
  }
}

class AppService {
  onApplicationShutdown(signal) {
    console.log(`Nest is told ${signal}`)
  }
}

class AppModule {}

const method = (name, ...decorators) => {
  const descriptor = Object.getOwnPropertyDescriptor(AppController.prototype, name)
  for (const decorate of decorators) decorate(AppController.prototype, name, descriptor)
}

method('getHello', common.Get())
common.Query()(AppController.prototype, 'getJson', 0)
method('getJson', common.Get('json'))
common.Body()(AppController.prototype, 'postJson', 0)
method('postJson', common.Post('json'))
common.Body()(AppController.prototype, 'postForm', 0)
method('postForm', common.Post('form'), common.HttpCode(200))
method('redirect', common.Get('redirect'), common.Redirect('/json', 302))
method('events', common.Sse('events'))
method('broken', common.Get('error'))
common.Controller()(AppController)
common.Injectable()(AppService)
common.Module({ controllers: [AppController], providers: [AppService] })(AppModule)

module.exports = { AppModule }
