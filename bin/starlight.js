#!/usr/bin/env node
import { needBuild } from './need-build.js'
import { needNode } from './node-version.js'

needNode()
needBuild()
// What is loaded after this is kept compiled.
import('../dist/bundle/compile-cache.js')
  .then(({ enableCompileCache }) => enableCompileCache())
  .then(() => import('../dist/bundle/main.js'))
  .then(({ main }) => main())
