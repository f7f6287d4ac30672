import { expect, test } from 'vitest'
import { PresetSettings } from '@avocet/shared/preset'
import { shownLogo } from './logo.ts'

const preset = (settings: object, link: string | null | undefined) => ({
  settings: PresetSettings.parse(settings),
  logo: link === undefined ? null : { file: 'pre_x-1.png', type: 'image/png' as const, sizeBytes: 1, widthPx: 1, heightPx: 1, link },
})

test('an uploaded logo goes before an address; without either there is none', () => {
  expect(shownLogo(null)).toBeNull()
  expect(shownLogo(preset({}, undefined))).toBeNull()
  expect(shownLogo(preset({ logo_url: 'https://acme.com/l.png' }, undefined))).toEqual({ src: 'https://acme.com/l.png', link: null })
  expect(shownLogo(preset({ logo_url: 'https://acme.com/l.png', logo_link: 'https://acme.com/' }, null))).toEqual({ src: '/m/logos/pre_x-1.png', link: null })
})

test.each([
  ['https://acme.com', 'https://acme.com/'],
  ['http://acme.com/x', 'http://acme.com/x'],
  ['javascript:alert(1)', null],
  ['data:text/html,x', null],
  ['/some/file', null],
  [null, null],
])('a logo with the link %s leads to %s', (link, shown) => {
  expect(shownLogo(preset({}, link))?.link).toBe(shown)
})
