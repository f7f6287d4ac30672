import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { webCrypto } from '../../adapters/crypto.ts'
import { standardSpelling as spelling } from './standardSpelling.ts'

const deps = { crypto: webCrypto }
const event = { id: 'evt_1' as const, type: 'video.encoded' as const, data: { video_id: 'vid_1', title: 'é “quotes” \\/' }, createdAt: 1_700_000_000_000 }

test('W01, W02: what is told verifies with the standard’s own library under each secret in force, and under no other', async () => {
  const [present, last, strange] = [spelling.newSecret(deps), spelling.newSecret(deps), spelling.newSecret(deps)]
  const at = Date.now()
  const { headers, body } = (await spelling.tell(deps, { webhookId: 'whk_1', event, at, secrets: [present, last] }))!
  for (const secret of [present, last]) expect(new Webhook(secret).verify(body, headers)).toEqual({ type: 'video.encoded', timestamp: '2023-11-14T22:13:20.000Z', data: event.data })
  expect(() => new Webhook(strange).verify(body, headers)).toThrow()
  expect(() => new Webhook(present).verify(`${body} `, headers)).toThrow()
  expect(headers).toMatchObject({ 'webhook-id': 'evt_1', 'webhook-timestamp': String(Math.floor(at / 1000)), 'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/) })
})

test('a secret is whsec_ and 32 random bytes', () => {
  const secrets = [spelling.newSecret(deps), spelling.newSecret(deps)]
  expect(new Set(secrets).size).toBe(2)
  for (const secret of secrets) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
})

test.each([[199, false], [200, true], [204, true], [299, true], [300, false], [500, false]])('%i means heard: %s', (status, heard) => expect(spelling.isHeard(status)).toBe(heard))
