/** What this host talks to: server and object store, whether they take its credentials, and whether clocks agree. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, S3Config } from '../config.ts'
import { isTimeRefused } from '../failure.ts'
import { s3Store } from '../objectStore/s3.ts'
import { serverClock } from '../serverClock.ts'
import type { Finding } from './finding.ts'

const SKEW_WARN_MS = 30_000
const CALL_MS = 10_000

export async function examineRemote(config: Config): Promise<Finding[]> {
  // The server first: what is signed for the object store is signed with its time.
  const server = await examineServer(config)
  return [...server, ...(await examineStorage(config))]
}

async function examineServer(config: Config): Promise<Finding[]> {
  const credentialFile = join(config.stateDir, 'credential')
  const credential = await readFile(credentialFile, 'utf8').then(
    (text) => text.trim(),
    (error) => (error.code === 'ENOENT' ? null : ''),
  )
  try {
    const headers = { 'Content-Type': 'application/json', ...(credential ? { Authorization: `Bearer ${credential}` } : {}) }
    // A claim of nothing: refused for its body when the credential is good, for the credential when it is not. It changes nothing.
    const [answer, skew] = await timed(`${config.url}/agent/v1/jobs/claim`, { method: 'POST', headers, body: '{"kinds":[]}' })
    serverClock.tell(Date.parse(answer.headers.get('Date') ?? ''))
    if (answer.status === 404 || answer.status >= 500)
      return [{ what: 'server', verdict: 'fail', text: `${config.url} answers ${answer.status}, so it is no Avocet, or one in trouble. Check AVOCET_URL.` }, ...clock('the server', skew)]
    return [{ what: 'server', verdict: 'ok', text: `${config.url} answers` }, enrolment(config, { credential, credentialFile, refused: answer.status === 401 }), ...clock('the server', skew)]
  } catch (error) {
    return [{ what: 'server', verdict: 'fail', text: `${config.url} cannot be reached: ${reason(error)}. Check AVOCET_URL, the network and the firewall.` }]
  }
}

function enrolment({ enrolmentCode }: Config, { credential, credentialFile, refused }: { credential: string | null; credentialFile: string; refused: boolean }): Finding {
  const what = 'credential'
  if (credential === '') return { what, verdict: 'fail', text: `${credentialFile} is not ours to read: run this as root or as the daemon's user.` }
  if (credential && !refused) return { what, verdict: 'ok', text: 'this host is enrolled' }
  if (credential) return { what, verdict: 'fail', text: `was refused. Make a new enrolment code, remove ${credentialFile} and start again.` }
  if (enrolmentCode) return { what, verdict: 'ok', text: 'not enrolled yet; an enrolment code is set' }
  return { what, verdict: 'fail', text: 'not enrolled. Set AVOCET_ENROLMENT_CODE once.' }
}

/** Stores, reads back and removes a small object: what a job does. */
async function examineStorage(config: Config): Promise<Finding[]> {
  if (config.storage.driver === 'edge') return [{ what: 'object store', verdict: 'ok', text: 'through the server (AVOCET_STORAGE=edge)' }]
  const { s3 } = config.storage
  const { endpoint, bucket } = s3
  const what = 'object store'
  const signal = AbortSignal.timeout(2 * CALL_MS)
  const skew = await timed(endpoint, { method: 'HEAD' }).then(
    ([, ms]) => ms,
    () => Number.NaN,
  )
  const store = s3Store(s3)
  const [key, bytes] = [`doctor/${randomUUID()}`, Buffer.from('What the doctor of a transcoder host wrote; it may be removed.')]
  let doing = 'be written to'
  try {
    await store.write(key, bytes, 'text/plain', signal)
    doing = 'be read from'
    if (!Buffer.from(await store.readAll(key, signal)).equals(bytes)) throw new Error('other bytes came back than were stored')
  } catch (error) {
    if (isTimeRefused(error)) return [{ what: 'clock', verdict: 'fail', text: `is so wrong that ${endpoint} refuses what this host signs (clock_skew), and nobody tells the time: set it (timedatectl set-ntp true).` }]
    const text = `bucket ${bucket} at ${endpoint} cannot ${doing}: ${reason(error)}. Check the keys, and their rights on the bucket ("Object Read & Write").`
    return [{ what, verdict: 'fail', text }, ...clock('the object store', skew)]
  }
  const left = await remove(s3, key)
  return [{ what, verdict: 'ok', text: `bucket ${bucket} at ${endpoint} can be written and read${left}` }, ...clock('the object store', skew)]
}

/** A host needs no right to remove, so where it has none that is only mentioned. */
async function remove(s3: S3Config, key: string): Promise<string> {
  return s3Store(s3)
    .remove(key, AbortSignal.timeout(CALL_MS))
    .then(
      () => '',
      () => `; ${key} stays, these keys may not remove`,
    )
}

/** An answer, and how far its clock is ahead of ours in milliseconds; NaN where it does not tell. */
async function timed(url: string, init: RequestInit): Promise<[Response, number]> {
  const sentAt = Date.now()
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_MS) })
  // The header tells whole seconds, cut off.
  return [answer, Date.parse(answer.headers.get('Date') ?? '') + 500 - (sentAt + Date.now()) / 2]
}

function clock(whose: string, skewMs: number): Finding[] {
  if (Number.isNaN(skewMs)) return []
  const [what, size] = ['clock', Math.abs(skewMs)]
  if (size < SKEW_WARN_MS) return [{ what, verdict: 'ok', text: `${(size / 1000).toFixed(1)} s off that of ${whose}` }]
  const side = skewMs > 0 ? 'behind' : 'ahead of'
  const text = `${Math.round(size / 1000)} s ${side} that of ${whose}. Leases and signatures go by the time they tell, but logs and certificates do not: set the clock (timedatectl set-ntp true).`
  return [{ what, verdict: 'warn', text }]
}

const reason = (error: unknown) => String(error instanceof Error ? (error.cause ?? error) : error)
