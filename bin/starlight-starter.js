#!/usr/bin/env node
import { starter } from '../dist/bundle/main.js'

await starter()
