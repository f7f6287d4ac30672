import { defineConfig } from 'vitest/config'

/** What Stryker runs for each mutant: unit tests of the modules it mutates (stryker.config.json). */
export default defineConfig({
  root: '.',
  test: { include: ['worker/src/adapters/*.test.ts', 'worker/src/domain/**/*.test.ts', 'worker/src/http/*.test.ts'], environment: 'node' },
})
