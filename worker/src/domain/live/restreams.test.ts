import { expect, test } from 'vitest'
import { checkRestreams } from './restreams.ts'

const place = (edits: object = {}) => ({ name: 'Elsewhere', serverUrl: 'rtmp://live.acme.com/app', streamKey: 'k-1', ...edits })
const faults = (...wishes: ReturnType<typeof place>[]) => {
  try {
    checkRestreams(wishes)
    return []
  } catch (error) {
    return (error as { details: { errors: { path: string }[] } }).details.errors.map(({ path }) => path)
  }
}

test.each(['rtmp://live.acme.com/app', 'rtmps://live.acme.com:443/app/inst', 'RTMPS://LIVE.acme.com/x', 'rtmp://203.0.113.7:1935/live2'])('%s may be passed on to', (serverUrl) => {
  expect(faults(place({ serverUrl }))).toEqual([])
})

test.each(['http://live.acme.com/app', 'rtmp://live.acme.com', 'rtmp://live.acme.com/', 'rtmp:///app', 'rtmp://u:p@live.acme.com/app', 'rtmp://acme.com/app?x=1', 'rtmp://acme.com/a b', 'live.acme.com/app', '', `rtmp://acme.com/${'x'.repeat(512)}`])(
  '%s may not',
  (serverUrl) => {
    expect(faults(place({ serverUrl }))).toEqual(['restreams.0.server_url'])
  },
)

test('every fault of every place is named; a sixth place is one too many', () => {
  expect(faults(place(), place({ name: ' ', streamKey: 'a b' }), place({ serverUrl: 'x', streamKey: '' }))).toEqual([
    'restreams.1.name',
    'restreams.1.stream_key',
    'restreams.2.server_url',
    'restreams.2.stream_key',
  ])
  expect(faults(...Array.from({ length: 6 }, () => place()))).toEqual(['restreams'])
  expect(checkRestreams(Array.from({ length: 5 }, () => place({ name: ' Elsewhere ' })))).toHaveLength(5)
})
