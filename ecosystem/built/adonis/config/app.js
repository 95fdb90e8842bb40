import { Secret } from '@adonisjs/core/helpers'
import { defineConfig } from '@adonisjs/core/http'

export const appKey = new Secret(process.env.APP_KEY ?? 'a key of an example, and no secret')
export const appUrl = 'http://localhost'
export const http = defineConfig({ cookie: { path: '/', maxAge: '2h', httpOnly: true, sameSite: 'lax' } })
