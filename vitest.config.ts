import { availableParallelism } from 'node:os'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

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

/** What a test waits for comes when it comes: a second, as the runner has it, is not enough on a busy machine. */
const patience = { poll: { timeout: 30_000 } }
const node = (name: string, include: string[], more: object = {}) => ({ test: { name, include, environment: 'node' as const, expect: patience, ...more } })

/** What a core computes beside the runner itself, which mostly waits. */
const COMPUTING = Math.max(2, availableParallelism() - 1)

/** Files that take minutes, so that none of them is begun last and waited for alone. */
const LONG = ['faults/soak', 'security/everyRoute', 'faults/network', 'faults/world', 'faults/host', 'faults/kills', 'e2e/kills', 'e2e/play', 'e2e/rights', 'browser/player', 'e2e/apivideoVideos', 'transcoder/daemon', 'hls/outputs']

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => [...LONG, ''].findIndex((name) => moduleId.endsWith(`${name && `/${name}`}.test.ts`))
    const order = ({ project }: TestSpecification) => project.config.sequence.groupOrder
    return (await super.sort(files)).sort((one, other) => order(one) - order(other) || rank(one) - rank(other))
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      node('unit', ['shared/src/**/*.test.ts', 'worker/src/**/*.test.ts', 'worker/embedded/**/*.test.ts', 'worker/player/**/*.test.ts', 'worker/uploader/**/*.test.ts', 'transcoder/src/**/*.test.ts', 'test/*.test.ts'], { isolate: false, maxWorkers: COMPUTING }),
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' }, miniflare: { bindings } })],
        test: { name: 'workerd', include: ['test/{adapters,surfaces,parity,security}/**/*.test.ts'], setupFiles: ['./test/support/migrate.ts'], expect: patience, testTimeout: 60_000, maxWorkers: COMPUTING, sequence: { groupOrder: 1 } },
      },
      // Real ffmpeg, Chromium and whole systems: a few files and one group at a time, or they starve each other.
      node('transcoder', ['test/{transcoder,hls}/**/*.test.ts'], { sequence: { groupOrder: 2 }, testTimeout: 120_000, hookTimeout: 120_000, maxWorkers: 2 }),
      // Hosts that die, networks that break: these wait for leases and ways back far more than they compute.
      node('faults', ['test/faults/**/*.test.ts'], { sequence: { groupOrder: 3 }, testTimeout: 180_000, hookTimeout: 120_000, maxWorkers: 3 }),
      // Pages that play take their time whatever the machine.
      node('browser', ['test/browser/**/*.test.ts'], { sequence: { groupOrder: 4 }, testTimeout: 120_000, hookTimeout: 120_000, maxWorkers: 2 }),
      node('e2e', ['test/e2e/**/*.test.ts'], { sequence: { groupOrder: 4 }, testTimeout: 300_000, hookTimeout: 300_000, maxWorkers: 2 }),
    ],
  },
})
