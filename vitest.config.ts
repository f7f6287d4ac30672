import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Variables of the Worker under test. */
const bindings = {
  AVOCET_SECRET: 'a secret for tests alone, thirty-two characters',
  SETUP_CODE: 'setup-code-for-tests',
  OPERATOR_TOKEN: 'operator-token-for-tests-0123456789abcdef',
  PUBLIC_URL: 'http://avocet.test',
  OUTBOUND_RESOLVER: 'none',
  FUZZ_RUNS: process.env.FUZZ_RUNS ?? '25',
  TEST_MIGRATIONS: await readD1Migrations('./migrations'),
}

const node = (name: string, include: string[], more: object = {}) => ({ test: { name, include, environment: 'node' as const, ...more } })

export default defineConfig({
  test: {
    projects: [
      node('unit', ['shared/src/**/*.test.ts', 'worker/src/**/*.test.ts', 'worker/embedded/**/*.test.ts', 'worker/player/**/*.test.ts', 'worker/uploader/**/*.test.ts', 'transcoder/src/**/*.test.ts', 'test/*.test.ts']),
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' }, miniflare: { bindings } })],
        test: { name: 'workerd', include: ['test/{adapters,surfaces,parity,security}/**/*.test.ts'], setupFiles: ['./test/support/migrate.ts'], testTimeout: 30_000, sequence: { groupOrder: 1 } },
      },
      // Real ffmpeg, Chromium and whole systems: one file and one group at a time, or they starve each other.
      node('transcoder', ['test/{transcoder,hls}/**/*.test.ts'], { sequence: { groupOrder: 2 }, testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false }),
      // Hosts that die, networks that break: test/faults.
      node('faults', ['test/faults/**/*.test.ts'], { sequence: { groupOrder: 3 }, testTimeout: 180_000, hookTimeout: 120_000, fileParallelism: false }),
      node('browser', ['test/browser/**/*.test.ts'], { sequence: { groupOrder: 4 }, testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false }),
      node('e2e', ['test/e2e/**/*.test.ts'], { sequence: { groupOrder: 5 }, testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false }),
    ],
  },
})
