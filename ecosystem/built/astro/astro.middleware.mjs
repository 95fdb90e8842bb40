// The same site for a server of one's own, server.mjs.
import node from '@astrojs/node'
import { defineConfig } from 'astro/config'
import standalone from './astro.config.mjs'

export default defineConfig({ ...standalone, adapter: node({ mode: 'middleware' }), outDir: './build' })
