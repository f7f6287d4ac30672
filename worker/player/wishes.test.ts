import { expect, test } from 'vitest'
import { PresetSettings } from '@avocet/shared/preset'
import { wished } from './wishes.ts'

const preset = PresetSettings.parse({})
const changed = (search: string, hash: string, of = preset) => Object.fromEntries(Object.entries(wished(of, { search, hash })).filter(([name, value]) => value !== of[name as keyof PresetSettings]))

test.each([
  ['', '', {}],
  ['?autoplay=true&muted=1', '', { autoplay: true, muted: true }],
  ['?autoplay', '', { autoplay: true }],
  ['?autoplay=false&muted=0&loop=undefined', '', {}],
  ['', '#autoplay;muted;loop', { autoplay: true, muted: true, loop: true }],
  ['', '#api;sdkOrigin:aHR0cA==;sdkPlayerId:1;hide-controls;hide-title', { controls: false, hide_title: true }],
  ['', '#chromeless;show-subtitles', { controls: false, hide_title: true, captions_default: true }],
])('an address that ends in %s%s asks for %o', (search, hash, wishes) => {
  expect(changed(search, hash)).toEqual(wishes)
})

test('a preset that is not steerable is asked in vain, and nothing takes a preset’s own word back', () => {
  expect(changed('?autoplay=true', '#chromeless', { ...preset, steerable: false })).toEqual({})
  expect(changed('?autoplay=false', '', { ...preset, autoplay: true })).toEqual({})
})
