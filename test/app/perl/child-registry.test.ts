import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChildRegistry } from '../../../src/app/perl/child-registry.ts'
import type { Zygote } from '../../../src/app/perl/zygote.ts'

const zygote = {} as Zygote

test('birth and greeting come in either order and are one member', () => {
  const members = new ChildRegistry()
  members.born(1, zygote)
  assert.equal(members.greeted(1, zygote), members.get(1))
  assert.notEqual(members.greeted(2, zygote), undefined)
  members.born(2, zygote)
  assert.equal(members.size, 2)
  assert.equal(members.workers, 2)
})

test('a greeting that is read after the death makes no member that could never die', () => {
  const members = new ChildRegistry()
  members.born(1, zygote)
  members.died(1)
  assert.equal(members.greeted(1, zygote), undefined)
  assert.equal(members.size, 0)
})

test('a pid that is used again is a new member', () => {
  const members = new ChildRegistry()
  members.born(1, zygote)
  members.died(1)
  members.born(1, zygote)
  assert.notEqual(members.greeted(1, zygote), undefined)
})

test('one that leaves is a member until its death, but no worker', () => {
  const members = new ChildRegistry()
  members.born(1, zygote)
  members.discount(1)
  assert.equal(members.workers, 0)
  assert.equal(members.size, 1)
  assert.equal(members.working(), undefined)
})
