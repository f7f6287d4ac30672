import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const s3 = {
  AVOCET_S3_ENDPOINT: 'https://account.r2.example',
  AVOCET_S3_BUCKET: 'media',
  AVOCET_S3_ACCESS_KEY_ID: 'id',
  AVOCET_S3_SECRET_ACCESS_KEY: 'secret',
}

test('the address is enough for a host without storage keys', () => {
  expect(readConfig({ AVOCET_URL: 'https://video.example/', AVOCET_STORAGE: 'edge' })).toMatchObject({
    url: 'https://video.example',
    storage: { driver: 'edge' },
    sandbox: 'auto',
    parallelEncodes: 1,
  })
})

test('storage keys make a host that talks to the object store itself', () => {
  expect(readConfig({ AVOCET_URL: 'https://video.example', ...s3 }).storage).toMatchObject({
    driver: 's3',
    s3: { bucket: 'media', region: 'auto' },
  })
})

test.each([
  ['no address', { AVOCET_STORAGE: 'edge' }, 'AVOCET_URL'],
  ['an address that is none', { AVOCET_URL: 'video', AVOCET_STORAGE: 'edge' }, 'AVOCET_URL'],
  ['a missing key', { AVOCET_URL: 'https://video.example', ...s3, AVOCET_S3_BUCKET: undefined }, 'AVOCET_S3_BUCKET'],
  [
    'a wrong number',
    { AVOCET_URL: 'https://video.example', AVOCET_STORAGE: 'edge', AVOCET_PARALLEL_ENCODES: 'many' },
    'AVOCET_PARALLEL_ENCODES',
  ],
])('%s is refused by name', (_, environment, name) => {
  expect(() => readConfig(environment)).toThrow(name)
})

test('the state folder is absolute, wherever the daemon was started', () => {
  expect(readConfig({ AVOCET_URL: 'https://video.example', AVOCET_STORAGE: 'edge', AVOCET_AGENT_STATE: 'state' }).stateDir).toMatch(
    /^\/.*\/state$/,
  )
})
