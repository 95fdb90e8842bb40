import { makeApp } from '../fixtures/contract/fetch.ts'
import { holdContract } from './contract.ts'

holdContract('fetch', makeApp)
