import { expect, test } from 'vitest'
import { publicTarget } from './target.ts'

const rules = { ownHosts: ['media.acme.com'], anywhere: false }
const verdict = (text: string) => {
  try {
    return publicTarget(text, rules)
  } catch (error) {
    return (error as { details: { reason: string } }).details.reason
  }
}

test.each(['https://hooks.acme.com/x?y=1', 'https://hooks.acme.com:8443/', 'https://xn--bcher-kva.de/'])('%s may be told', (text) => {
  expect(verdict(text)).toBe(text)
})

test.each([
  'http://hooks.acme.com/', 'ftp://acme.com/', 'file:///etc/passwd', 'javascript:alert(1)', 'hooks.acme.com', '', 'https://',
  'https://user:pw@acme.com/', 'https://acme.com:22/', 'https://acme.com:80/',
  'https://127.0.0.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/', 'https://127.1/', 'https://10.0.0.8/',
  'https://[::1]/', 'https://[::ffff:127.0.0.1]/', 'https://[64:ff9b::7f00:1]/', 'https://169.254.169.254/latest/meta-data',
  'https://localhost/', 'https://LOCALHOST./', 'https://foo.localhost/', 'https://printer/', 'https://db.internal/', 'https://nas.local/', 'https://router.home.arpa/',
  'https://media.acme.com/', 'https://MEDIA.acme.com./', 'https://api.media.acme.com/', 'https://①②⑦.0.0.1/', `https://acme.com/${'x'.repeat(2048)}`,
])('A40, W11: %s may not be told', (text) => {
  expect(verdict(text)).toBe('url_not_allowed')
})

test('an operator may allow anywhere, still without credentials or other protocols', () => {
  expect(publicTarget('http://127.0.0.1:9000/x', { ...rules, anywhere: true })).toBe('http://127.0.0.1:9000/x')
  for (const text of ['file:///etc/passwd', 'http://a:b@127.0.0.1/']) expect(() => publicTarget(text, { ...rules, anywhere: true })).toThrow()
})
