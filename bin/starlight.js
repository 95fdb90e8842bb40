#!/usr/bin/env node
import { needNode } from './node-version.js'

needNode()
import('../dist/bundle/main.js').then(({ main }) => main())
