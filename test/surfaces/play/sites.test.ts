/** The domain lock over the life of a viewing: page, session, keys, renewal. */
import { expect, test } from 'vitest'
import { encoded } from '../../support/fleet.ts'
import { sign, signingKey } from '../../support/signing.ts'
import { call, tenant } from '../../support/site.ts'
import { code, forget, key, mint, open, session, type Session } from '../../support/viewing.ts'

test('a token’s own list of sites narrows the video’s, at the page, its policy and the session, and never widens it', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ allowed_domains: ['*.school.example', 'school.example'] }) })
  for (const token of [await mint(mine, video.id, { allowed_domains: ['lms.school.example', 'evil.example'] }), await sign(await signingKey(mine), video.id, { allowed_domains: ['lms.school.example', 'evil.example'] })]) {
    const at = async (site: string) => [(await call(`/watch/${token}`, { headers: { Referer: `https://${site}/` } })).status, (await open(token, { headers: { Origin: `https://${site}` } })).status]
    expect([await at('lms.school.example'), await at('www.school.example'), await at('evil.example')]).toEqual([[200, 200], [403, 403], [403, 403]])
    const policy = (await call(`/watch/${token}`, { headers: { Referer: 'https://lms.school.example/' } })).headers.get('Content-Security-Policy') ?? ''
    // A policy for each list: a browser holds every frame around it to both.
    expect([...policy.matchAll(/frame-ancestors ([^,]*)/g)].map(([, hosts]) => hosts)).toEqual(['http://avocet.test *.school.example school.example', 'http://avocet.test lms.school.example evil.example'])
  }
})

test('a site taken off the list stops at the next key and at renewal, where it was, on others or on none; what is allowed goes on', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const lock = (body: object) => call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify(body) })
  const visit = async (referer: string | null) => {
    const html = await (await call(`/watch/${video.embedToken}`, referer === null ? {} : { headers: { Referer: referer } })).text()
    const { ticket } = JSON.parse(/id="avocet">(.*?)<\/script>/.exec(html)?.[1] ?? '{}') as { ticket: string }
    return (await (await open(video.embedToken, { body: JSON.stringify({ ticket }) })).json<Session>()).playlist_token
  }
  const of = {
    school: await visit('https://school.example/lesson'),
    lms: await visit('https://lms.example/'),
    ours: await visit('http://avocet.test/app/'),
    silent: await visit(null),
    // Asked for by a program, which showed no page.
    shown: (await session(video.embedToken)).playlist_token,
  }
  const playing = async () => {
    const found: string[] = []
    for (const [name, token] of Object.entries(of)) {
      const renewed = await open(video.embedToken, { body: JSON.stringify({ playlist_token: token }) })
      const [atKey, why] = await code(await key(token))
      expect([name, renewed.status, why]).toEqual([name, atKey, atKey === 200 ? 'good' : 'domain_not_allowed'])
      if (atKey === 200) found.push(name)
    }
    return found
  }
  expect(await playing()).toEqual(['school', 'lms', 'ours', 'silent', 'shown'])
  await lock({ allowed_domains: ['school.example', 'lms.example'] })
  await forget()
  expect(await playing()).toEqual(['school', 'lms', 'ours'])
  await lock({ allowed_domains: ['school.example'], allow_no_referrer: true })
  await forget()
  expect(await playing()).toEqual(['school', 'ours', 'silent', 'shown'])
})

test('A20: a made-up Referer opens a public video’s page, for the lock is for browsers; a private one needs a viewer’s token all the same', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const lock = (body: object) => call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify(body) })
  const forged = () => call(`/watch/${video.embedToken}`, { headers: { Referer: 'https://school.example/' } })
  await lock({ allowed_domains: ['school.example'] })
  expect((await forged()).status).toBe(200)
  await lock({ visibility: 'private' })
  expect((await forged()).status).toBe(403)
  expect(await code(await open(video.embedToken, { headers: { Origin: 'https://school.example' } }))).toEqual([403, 'token_required'])
})
