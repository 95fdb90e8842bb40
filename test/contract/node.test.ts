import { makeApp } from '../fixtures/contract/node.ts'
import { holdContract } from './contract.ts'

holdContract('node', makeApp)
