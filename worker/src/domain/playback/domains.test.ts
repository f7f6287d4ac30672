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
  ['  example.com ', 'example.com'],
  ['example.com:1', 'example.com:1'],
  ['example.com:65535', 'example.com:65535'],
  ['a', 'a'],
  ['a.b', 'a.b'],
  ['*.1a', '*.1a'],
])('%s is kept as %s', (text, kept) => expect(parseAllowedDomain(text)).toBe(kept))

test.each(['', '*', '*.', 'https://example.com', 'example.com/path', 'user@example.com', 'a b.com', 'example.com;', "x.com 'unsafe-inline'", 'x.com\nscript-src *', '*.*.com', 'javascript:alert(1)', 'example.com:0', 'example.com:99999', '*.127.0.0.1', 'exa"mple.com', 'a,b.com', '-x-.com/..', '*.[::1]', 'example.com:65536', '*.1.2.3.4', '-a.com', 'a-.com', 'a.-b', `${'x'.repeat(64)}.com`, 'a..b'])(
  'A24: %j is no allowed domain',
  (text) => {
    let said: unknown
    try {
      parseAllowedDomain(text)
    } catch (error) {
      said = error
    }
    expect(said).toMatchObject({ code: 'bad_request', details: { reason: 'invalid_domain', errors: [{ path: 'allowed_domains' }] } })
  },
)

test.each([
  // The host itself.
  ['example.com', 'https://example.com', true],
  ['example.com', 'http://example.com', true],
  ['example.com', 'https://EXAMPLE.com', true],
  ['Example.COM', 'https://example.com', true],
  ['example.com', 'https://example.com.', true],
  ['example.com.', 'https://example.com', true],
  ['example.com', 'https://example.com..', false],
  ['localhost', 'http://localhost', true],
  ['example.com', 'https://www.example.com', false],
  ['www.example.com', 'https://example.com', false],
  ['example.com', 'https://example.org', false],
  ['example.com', 'https://example.co', false],
  ['example.com', 'https://xample.com', false],
  ['example.com', 'https://com', false],
  // Ports: the scheme's own unless written.
  ['example.com', 'https://example.com:443', true],
  ['example.com', 'http://example.com:80', true],
  ['example.com', 'http://example.com:443', false],
  ['example.com', 'https://example.com:80', false],
  ['example.com', 'https://example.com:8443', false],
  ['example.com:*', 'https://example.com:8443', true],
  ['example.com:*', 'https://example.com', true],
  ['example.com:8443', 'https://example.com:8443', true],
  ['example.com:8443', 'https://example.com', false],
  ['example.com:8443', 'https://example.com:84430', false],
  ['example.com:08443', 'https://example.com:8443', true],
  ['localhost:3000', 'http://localhost:3000', true],
  ['localhost:3000', 'http://localhost:3001', false],
  ['localhost:3000', 'http://localhost', false],
  ['localhost:3000', 'http://127.0.0.1:3000', false],
  ['*.example.com', 'https://www.example.com:8443', false],
  ['*.example.com:*', 'https://www.example.com:8443', true],
  ['*.example.com:8443', 'https://www.example.com:8443', true],
  // Subdomains, and what only looks like one.
  ['*.example.com', 'https://www.example.com', true],
  ['*.example.com', 'https://a.b.example.com', true],
  ['*.example.com', 'https://WWW.Example.Com.', true],
  ['*.example.com', 'https://example.com', false],
  ['*.example.com', 'https://.example.com', false],
  ['*.example.com', 'https://a..example.com', false],
  ['example.com', 'https://evil-example.com', false],
  ['*.example.com', 'https://evilexample.com', false],
  ['*.example.com', 'https://evil-example.com', false],
  ['example.com', 'https://example.com.evil.io', false],
  ['*.example.com', 'https://www.example.com.evil.io', false],
  ['example.com', 'https://example.com-evil.io', false],
  ['example.com', 'https://example0com', false],
  ['*.example.com', 'https://www.example0com', false],
  // Userinfo, paths, fragments and backslashes name no host.
  ['example.com', 'https://example.com@evil.io', false],
  ['example.com', 'https://example.com:443@evil.io', false],
  ['example.com', 'https://evil.io/example.com', false],
  ['example.com', 'https://evil.io?example.com', false],
  ['example.com', 'https://evil.io#example.com', false],
  ['example.com', 'https://evil.io\\@example.com', false],
  ['example.com', 'https://evil.io%2f@example.com', true],
  // International names: one host, two spellings; look-alikes are others.
  ['xn--mnchen-3ya.de', 'https://münchen.de', true],
  ['münchen.de', 'https://xn--mnchen-3ya.de', true],
  ['MÜNCHEN.de', 'https://münchen.de', true],
  ['münchen.de', 'https://munchen.de', false],
  ['example.com', 'https://ехаmple.com', false],
  ['example.com', 'https://ｅxample.com', true],
  ['*.münchen.de', 'https://www.xn--mnchen-3ya.de', true],
  ['straße.de', 'https://strasse.de', false],
  // Addresses.
  ['127.0.0.1:8787', 'http://127.0.0.1:8787', true],
  ['127.0.0.1', 'http://127.1', true],
  ['127.0.0.1', 'http://0x7f.0.0.1', true],
  ['127.0.0.1', 'http://127.0.0.10', false],
  ['[::1]:8080', 'http://[::1]:8080', true],
  ['[::1]', 'http://[0:0:0:0:0:0:0:1]', true],
  ['[::1]', 'http://[::2]', false],
  ['[2001:DB8::1]', 'https://[2001:db8::1]', true],
  ['[::1]:80', 'http://[::1]:80', false],
  // No site at all.
  ['example.com', 'null', false],
  ['example.com', '', false],
  ['example.com', 'example.com', false],
  ['example.com', 'ftp://example.com', false],
  ['example.com', 'file:///etc/passwd', false],
  ['example.com', 'data:text/html,example.com', false],
  ['example.com', 'blob:https://example.com/x', false],
  ['example.com', 'javascript://example.com', false],
  ['example.com', 'chrome-extension://example.com', false],
  ['example.com', 'about:srcdoc', false],
])('A18: a list of %s lets %s: %s', (entry, origin, allowed) => expect(isDomainAllowed([parseAllowedDomain(entry)], origin, false)).toBe(allowed))

test('A19: an empty list lets anyone; with a list a missing Referer passes only where that is allowed', () => {
  expect(isDomainAllowed([], null, false)).toBe(true)
  expect(isDomainAllowed(['example.com'], null, false)).toBe(false)
  expect(isDomainAllowed(['example.com'], null, true)).toBe(true)
})

test('any entry of a list suffices, and an unknown origin is not let in by one', () => {
  const list = ['example.com', '*.school.edu', 'localhost:3000']
  expect(['https://example.com', 'https://www.school.edu', 'http://localhost:3000'].map((origin) => isDomainAllowed(list, origin, false))).toEqual([true, true, true])
  expect(['https://school.edu', 'https://evil.io', 'null'].map((origin) => isDomainAllowed(list, origin, true))).toEqual([false, false, false])
})
