import { makeApp } from '../fixtures/contract/psgi.ts'
import { holdContract } from './contract.ts'

holdContract('psgi', makeApp)
