import { defineEventHandler, getQuery } from 'h3'

export default defineEventHandler(event => ({ hello: 'world', query: getQuery(event) }))
