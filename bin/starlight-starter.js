#!/usr/bin/env node
import { starter } from '../dist/cli/main.js'

await starter()
