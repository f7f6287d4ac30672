import { expect, test } from 'vitest'
import { isDomainAllowed, parseAllowedDomain } from './domains.ts'

test.each([
  ['Example.com', 'example.com'],
  ['example.com.', 'example.com'],
  ['*.School.EDU', '*.school.edu'],
  ['localhost:3000', 'localhost:3000'],
  ['localhost', 'localhost'],
  ['example.com:*', 'example.com:*'],
  ['münchen.de', 'xn--mnchen-3ya.de'],
  ['[::1]:8080', '[::1]:8080'],
  ['127.0.0.1:8787', '127.0.0.1:8787'],
])('%s is kept as %s', (text, kept) => expect(parseAllowedDomain(text)).toBe(kept))

test.each(['', '*', '*.', 'https://example.com', 'example.com/path', 'user@example.com', 'a b.com', 'example.com;', "x.com 'unsafe-inline'", 'x.com\nscript-src *', '*.*.com', 'javascript:alert(1)', 'example.com:0', 'example.com:99999', '*.127.0.0.1', 'exa"mple.com', 'a,b.com', '-x-.com/..'])(
  '%j is no allowed domain',
  (text) => expect(() => parseAllowedDomain(text)).toThrow(/allowed domain/),
)

test.each([
  ['example.com', 'https://example.com', true],
  ['example.com', 'http://example.com', true],
  ['example.com', 'https://EXAMPLE.com.', true],
  ['example.com', 'https://example.com:8443', false],
  ['example.com:*', 'https://example.com:8443', true],
  ['example.com:8443', 'https://example.com:8443', true],
  ['example.com:8443', 'https://example.com', false],
  ['example.com', 'https://www.example.com', false],
  ['*.example.com', 'https://www.example.com', true],
  ['*.example.com', 'https://a.b.example.com', true],
  ['*.example.com', 'https://example.com', false],
  ['example.com', 'https://evil-example.com', false],
  ['*.example.com', 'https://evilexample.com', false],
  ['example.com', 'https://example.com.evil.io', false],
  ['*.example.com', 'https://www.example.com.evil.io', false],
  ['example.com', 'https://example.com@evil.io', false],
  ['localhost:3000', 'http://localhost:3000', true],
  ['localhost:3000', 'http://localhost:3001', false],
  ['[::1]:80', 'http://[::1]:80', false],
  ['xn--mnchen-3ya.de', 'https://münchen.de', true],
  ['example.com', 'null', false],
  ['example.com', 'ftp://example.com', false],
  ['example.com', 'file:///etc/passwd', false],
])('a list of %s lets %s: %s', (entry, origin, allowed) => expect(isDomainAllowed([entry], origin, false)).toBe(allowed))

test('an empty list lets anyone; with a list a missing Referer passes only where that is allowed', () => {
  expect(isDomainAllowed([], null, false)).toBe(true)
  expect(isDomainAllowed(['example.com'], null, false)).toBe(false)
  expect(isDomainAllowed(['example.com'], null, true)).toBe(true)
})
