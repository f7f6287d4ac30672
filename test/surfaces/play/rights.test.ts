import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { EncodeId } from '../../../shared/src/ids.ts'
import type { Env } from '../../../worker/src/env.ts'
import { encoded } from '../../support/fleet.ts'
import { call, deps, post, tenant } from '../../support/site.ts'
import { sign, signingKey } from '../../support/signing.ts'
import { code, forget, key, mint, open, session, type Session } from '../../support/viewing.ts'

test('keys stop for one token, one viewer, one version of a viewer, one video’s tokens and one signing key, and go on for all others', async () => {
  const mine = await tenant()
  const [{ video }, { video: second }] = [await encoded(mine, true), await encoded(mine, true)]
  const [signer, rotten] = [await signingKey(mine), await signingKey(mine, { algorithm: 'HS256' })]
  const tokens = {
    single: await sign(signer, video.id, { jti: 'single' }),
    otherSingle: await sign(signer, video.id, { jti: 'other' }),
    viewer: await mint(mine, video.id, { viewer_id: 'ada@example.org' }),
    viewerSigned: await sign(signer, video.id, { viewer_id: 'ada@example.org' }),
    oldVersion: await mint(mine, video.id, { viewer_id: 'bob', viewer_version: 3 }),
    oldVersionSigned: await sign(signer, video.id, { viewer_id: 'bob', viewer_version: 2 }),
    newVersion: await sign(signer, video.id, { viewer_id: 'bob', viewer_version: 4 }),
    ofVideo: await mint(mine, second.id),
    ofVideoSigned: await sign(signer, second.id),
    byRottenKey: await sign(rotten, video.id),
    untouched: await mint(mine, video.id, { viewer_id: 'ada' }),
    own: video.embedToken,
    ownOfSecond: second.embedToken,
  }
  const sessions = new Map<string, string>()
  for (const [name, token] of Object.entries(tokens)) sessions.set(name, (await session(token)).playlist_token)
  for (const [name, playlistToken] of sessions) expect([name, ...(await code(await key(playlistToken)))]).toEqual([name, 200, 'good'])

  const with_ = { key: mine.key }
  const answers = [
    await post('/api/v1/embed-tokens/revoke', { embed_token: tokens.single }, with_),
    await post('/api/v1/viewers/revoke', { viewer_id: 'ada@example.org' }, with_),
    await post('/api/v1/viewers/revoke', { viewer_id: 'bob', up_to_version: 3 }, with_),
    await call(`/api/v1/videos/${second.id}/embed-tokens`, { method: 'DELETE', ...with_ }),
    await call(`/api/v1/signing-keys/${rotten.id}`, { method: 'DELETE', ...with_ }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204])
  await forget()
  const revoked = ['single', 'viewer', 'viewerSigned', 'oldVersion', 'oldVersionSigned', 'ofVideo', 'ofVideoSigned', 'byRottenKey']
  for (const [name, playlistToken] of sessions) {
    const expected = revoked.includes(name) ? [410, 'token_revoked'] : [200, 'good']
    expect([name, ...(await code(await key(playlistToken)))]).toEqual([name, ...expected])
    expect([name, ...(await code(await open(tokens[name as keyof typeof tokens])))]).toEqual([name, ...expected])
  }
  const again = await mint(mine, video.id, { viewer_id: 'ada@example.org' })
  expect(await code(await open(again))).toEqual([200, 'good'])
})

test('an earlier revocation is never narrowed by a later one', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const token = await mint(mine, video.id, { viewer_id: 'ada', viewer_version: 5 })
  await post('/api/v1/viewers/revoke', { viewer_id: 'ada', up_to_version: 5 }, { key: mine.key })
  await post('/api/v1/viewers/revoke', { viewer_id: 'ada', up_to_version: 2 }, { key: mine.key })
  await post('/api/v1/viewers/revoke', { viewer_id: 'ada' }, { key: mine.key })
  expect(await code(await open(token))).toEqual([410, 'token_revoked'])
  const later = await mint(mine, video.id, { viewer_id: 'ada', viewer_version: 4 })
  expect(await code(await open(later))).toEqual([410, 'token_revoked'])
})

test('a token’s window is kept: refused before its start and after its end, which its playback tokens never outlive', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const soon = new Date(Date.now() + 3_600_000).toISOString()
  expect(await code(await open(await mint(mine, video.id, { starts_at: soon })))).toEqual([403, 'token_not_yet_valid'])
  const short = await mint(mine, video.id, { expires_in: 2 })
  const opened = await session(short)
  expect(opened.expires_in).toBeLessThanOrEqual(2)
  await new Promise((resolve) => setTimeout(resolve, 3_100))
  expect(await code(await open(short))).toEqual([410, 'token_expired'])
  expect(await code(await key(opened.playlist_token))).toEqual([401, 'playback_token_invalid'])
})

test('the country rules of a token hold at the page, at the session and at every key; a country nobody tells is refused', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const from = (country?: string) => ({ cf: country ? { country } : {} }) as RequestInit
  const allowed = await mint(mine, video.id, { allowed_countries: ['de', 'AT'] })
  const blocked = await sign(await signingKey(mine), video.id, { blocked_countries: ['FR'] })
  for (const [token, country, expected] of [
    [allowed, 'DE', 200],
    [allowed, 'FR', 403],
    [allowed, 'XX', 403],
    [allowed, 'T1', 403],
    [allowed, undefined, 403],
    [blocked, 'DE', 200],
    [blocked, 'FR', 403],
    [blocked, undefined, 403],
  ] as const) {
    const answer = await open(token, from(country))
    expect([country, ...(await code(answer.clone() as Response))]).toEqual([country, expected, expected === 200 ? 'good' : 'country_not_allowed'])
    expect((await call(`/watch/${token}`, from(country))).status).toBe(expected)
  }
  const { playlist_token } = await (await open(allowed, from('DE'))).json<Session>()
  expect((await key(playlist_token, from('DE'))).status).toBe(200)
  expect(await code(await key(playlist_token, from('FR')))).toEqual([403, 'country_not_allowed'])
})

test('the address rules of a token hold at the page, at the session and at every key', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const from = (ip: string) => ({ headers: { 'CF-Connecting-IP': ip } })
  const token = await mint(mine, video.id, { allowed_ips: ['203.0.113.0/24', '2001:db8::/32'] })
  for (const ip of ['203.0.113.9', '2001:db8:7::1']) expect((await open(token, from(ip))).status).toBe(200)
  expect(await code(await open(token, from('198.51.100.1')))).toEqual([403, 'ip_not_allowed'])
  expect((await call(`/watch/${token}`, from('198.51.100.1'))).status).toBe(403)
  const { playlist_token } = await (await open(token, from('203.0.113.9'))).json<Session>()
  expect((await key(playlist_token, from('203.0.113.77'))).status).toBe(200)
  expect(await code(await key(playlist_token, from('198.51.100.1')))).toEqual([403, 'ip_not_allowed'])
})

test('A22: of fifty screens that share one token and ask at once, exactly as many play as are allowed', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const token = await mint(mine, video.id, { max_sessions: 3 })
  const sessions = await Promise.all(Array.from({ length: 50 }, () => session(token)))
  const first = await Promise.all(sessions.map(({ playlist_token }) => key(playlist_token)))
  expect(first.filter(({ status }) => status === 200)).toHaveLength(3)
  for (const answer of first.filter(({ status }) => status !== 200)) expect(await code(answer)).toEqual([403, 'too_many_viewers'])
  const playing = sessions.filter((_, at) => first[at]?.status === 200)
  for (const { playlist_token } of playing) expect((await key(playlist_token)).status).toBe(200)
  expect(await code(await open(token))).toEqual([403, 'too_many_viewers'])
})

test('a viewer’s screens are counted over all their tokens and videos, and apart from other viewers’ and other accounts’', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const [{ video }, { video: second }, { video: theirs }] = [await encoded(mine, true), await encoded(mine, true), await encoded(other, true)]
  const signer = await signingKey(mine)
  const play = async (token: string) => {
    const answer = await open(token)
    return answer.ok ? key((await answer.json<Session>()).playlist_token) : answer
  }
  expect((await play(await mint(mine, video.id, { viewer_id: 'ada', max_sessions: 1 }))).status).toBe(200)
  expect(await code(await play(await sign(signer, second.id, { viewer_id: 'ada', max_sessions: 1 })))).toEqual([403, 'too_many_viewers'])
  expect((await play(await sign(signer, second.id, { viewer_id: 'ada', max_sessions: 2 }))).status).toBe(200)
  expect((await play(await mint(mine, video.id, { viewer_id: 'bob', max_sessions: 1 }))).status).toBe(200)
  expect((await play(await mint(other, theirs.id, { viewer_id: 'ada', max_sessions: 1 }))).status).toBe(200)
})

test('a seat left alone is free again after 90 seconds, and an object with no seats keeps nothing', async () => {
  const { VIEWERS } = env as unknown as Env
  const stub = VIEWERS.get(VIEWERS.idFromName(`seats ${crypto.randomUUID()}`))
  expect(await stub.seat('a', 1, true)).toBe(true)
  await evictDurableObject(stub)
  expect(await stub.seat('b', 1, true)).toBe(false)
  const age = (ms: number) =>
    runInDurableObject(stub, async (_, state) => {
      const seats = (await state.storage.get<[string, number][]>('seats')) ?? []
      await state.storage.put('seats', seats.map(([id, at]) => [id, at - ms]))
    })
  await age(89_000)
  expect(await stub.seat('b', 1, true)).toBe(false)
  await age(2_000)
  expect(await stub.seat('b', 1, false)).toBe(true)
  expect(await stub.seat('b', 1, true)).toBe(true)
  expect(await stub.seat('a', 1, true)).toBe(false)
  await runDurableObjectAlarm(stub)
  expect(await stub.seat('a', 1, false)).toBe(false)
  await age(91_000)
  await runDurableObjectAlarm(stub)
  expect(await runInDurableObject(stub, (_, state) => state.storage.list())).toEqual(new Map())
})

test('a token plays as many viewings as it may, exactly, however many begin at once; one that began goes on', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  for (const token of [await mint(mine, video.id, { max_views: 4 }), await sign(await signingKey(mine), video.id, { max_views: 4, jti: 'four' })]) {
    const sessions = await Promise.all(Array.from({ length: 12 }, () => session(token)))
    const first = await Promise.all(sessions.map(({ playlist_token }) => key(playlist_token)))
    expect(first.filter(({ status }) => status === 200)).toHaveLength(4)
    for (const answer of first.filter(({ status }) => status !== 200)) expect(await code(answer)).toEqual([403, 'view_limit_reached'])
    const { VIEWERS } = env as unknown as Env
    if (/^[0-9a-f]{32}$/.test(token)) await evictDurableObject(VIEWERS.get(VIEWERS.idFromName(`views ${(await deps.embedTokens.find(mine.accountId, token))?.id}`)))
    for (const [at, { playlist_token }] of sessions.entries()) if (first[at]?.status === 200) expect((await key(playlist_token)).status).toBe(200)
    expect(await code(await open(token))).toEqual([403, 'view_limit_reached'])
  }
})

test('opening the page spends neither a seat nor a view', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const token = await mint(mine, video.id, { max_sessions: 1, max_views: 1 })
  for (let visit = 0; visit < 5; visit++) expect([(await call(`/watch/${token}`)).status, (await open(token)).status]).toEqual([200, 200])
  expect((await key((await session(token)).playlist_token)).status).toBe(200)
})

test('limits on viewers of a video without keys are refused, not ignored', async () => {
  const mine = await tenant()
  const { video, encodeId } = await encoded(mine, true)
  const encode = (await deps.encodes.find(encodeId as EncodeId))!
  await deps.commit([deps.encodes.save({ ...encode, encryption: 'none' })])
  expect(await code(await open(await mint(mine, video.id, { max_sessions: 1 })))).toEqual([422, 'limits_need_encryption'])
  expect((await open(await mint(mine, video.id))).status).toBe(200)
})

test('a renewed token keeps session, encode and playlist type, and stands for the domain check; another video’s or a forged one does not', async () => {
  const mine = await tenant()
  const { video, encodeId, finish } = await encoded(mine, false)
  const early = await (await open(video.embedToken, { headers: { Origin: 'https://school.example' } })).json<Session>()
  await finish()
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ allowed_domains: ['school.example'] }) })
  const renew = (playlist_token: string, token = video.embedToken) => open(token, { body: JSON.stringify({ playlist_token }) })
  const renewed = await (await renew(early.playlist_token)).json<Session>()
  expect(renewed.session_id).toBe(early.session_id)
  expect(await deps.tokens.verify('playback', renewed.playlist_token)).toMatchObject({ sid: early.session_id, enc: encodeId, typ: 'EVENT' })
  expect(await (await call(`/p/${renewed.playlist_token}/v360.m3u8`)).text()).toContain('PLAYLIST-TYPE:EVENT')
  const { video: other } = await encoded(mine, true)
  await call(`/api/v1/videos/${other.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ allowed_domains: ['school.example'] }) })
  expect(await code(await renew(early.playlist_token, other.embedToken))).toEqual([403, 'domain_not_allowed'])
  expect(await code(await renew(`${early.playlist_token.slice(0, -4)}AAAA`))).toEqual([403, 'domain_not_allowed'])
  expect(await code(await renew(await deps.tokens.sign('ticket', { emb: video.embedToken }, 60)))).toEqual([403, 'domain_not_allowed'])
})

test('a renewal of a session that has ended long ago is a new session, and needs its own proof', async () => {
  const mine = await tenant()
  const { video, encodeId } = await encoded(mine, true)
  const claims = { sub: video.id, emb: video.embedToken, sid: 'ses_old', enc: encodeId, typ: 'EVENT' }
  const renew = async (age: number) => {
    const token = await deps.tokens.sign('playback', claims, -age)
    return (await open(video.embedToken, { body: JSON.stringify({ playlist_token: token }) })).json<Session>()
  }
  expect((await renew(23 * 3600)).session_id).toBe('ses_old')
  expect((await renew(25 * 3600)).session_id).not.toBe('ses_old')
})
