// The same application with the light Request and Response that the command puts in place of Node's.
import { installLightGlobals } from '../../src/app/fetch/web/globals.ts'
import { makeApp } from '../fixtures/contract/fetch.ts'
import { holdContract } from './contract.ts'

installLightGlobals()
holdContract('fetch', makeApp)
