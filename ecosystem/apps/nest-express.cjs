const { NestFactory } = require('@nestjs/core')
const { AppModule } = require('./nest-routes.cjs')

async function bootstrap() {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
  app.enableShutdownHooks()
  await app.listen(process.env.PORT ?? 3000)
}

bootstrap()
