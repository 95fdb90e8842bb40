// Options in a file instead of on the command line. The keys are the options' names in camelCase, and your editor knows
// them. Options on the command line win.
//
//   npx starlight --config=examples/starlight.config.ts
import { defineConfig } from 'starlight-server'

export default defineConfig({
  app: 'examples/hello.ts',
  listen: ['127.0.0.1:5000'],
  workers: 2,
  maxReqsPerChild: 10_000,
  gracefulTimeout: '30s',
  accessLog: '-',
  accessLogFormat: '%h "%r" %>s %b %{ms}T ms',
})
