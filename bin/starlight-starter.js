#!/usr/bin/env node
import { needBuild } from './need-build.js'
import { needNode } from './node-version.js'

needNode()
needBuild()
import('../dist/bundle/main.js').then(({ starter }) => starter())
