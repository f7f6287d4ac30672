import { Fault } from '@avocet/shared/fault'

export interface RestreamWish {
  name: string
  serverUrl: string
  streamKey: string
}

export const MAX_RESTREAMS = 5
const [MAX_NAME, MAX_URL, MAX_KEY] = [255, 512, 512]

/** Places to pass a stream on to, as they are kept. Throws bad_request `invalid_restream` with each fault, `too_many_restreams`. */
export function checkRestreams(wishes: readonly RestreamWish[]): RestreamWish[] {
  if (wishes.length > MAX_RESTREAMS)
    throw new Fault('bad_request', `A live stream is passed on to at most ${MAX_RESTREAMS} places.`, {
      reason: 'too_many_restreams',
      errors: [{ path: 'restreams', message: `At most ${MAX_RESTREAMS}.` }],
    })
  const trimmed = wishes.map(({ name, serverUrl, streamKey }) => ({ name: name.trim(), serverUrl: serverUrl.trim(), streamKey: streamKey.trim() }))
  const errors = trimmed.flatMap((wish, at) => faultsOf(wish).map(([member, message]) => ({ path: `restreams.${at}.${member}`, message })))
  if (errors.length > 0) throw new Fault('bad_request', 'A place to pass the stream on to is not valid.', { reason: 'invalid_restream', errors })
  return trimmed
}

function faultsOf({ name, serverUrl, streamKey }: RestreamWish): [string, string][] {
  const faults: [string, string][] = []
  if (name === '' || name.length > MAX_NAME) faults.push(['name', `Has 1 to ${MAX_NAME} characters.`])
  if (!isRtmpAddress(serverUrl)) faults.push(['server_url', 'Is rtmp://host/app or rtmps://host/app.'])
  if (streamKey.length > MAX_KEY || !/^[\x21-\x7e]+$/.test(streamKey)) faults.push(['stream_key', `Has 1 to ${MAX_KEY} visible ASCII characters.`])
  return faults
}

/** rtmp or rtmps, a host and an application's name; no credentials, query or fragment. */
function isRtmpAddress(text: string): boolean {
  if (text.length > MAX_URL || !/^[\x21-\x7e]+$/.test(text)) return false
  const url = /^rtmps?:\/\//i.test(text) ? URL.parse(text) : null
  return url !== null && url.hostname !== '' && url.username === '' && url.password === '' && url.search === '' && url.hash === '' && /^\/[^/]/.test(url.pathname)
}
