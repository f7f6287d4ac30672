import { expect, test } from 'vitest'
import { conceal, withoutSecrets } from './log.ts'

test('credentials and concealed values never reach a log line, whatever text they hide in', () => {
  conceal('wJalrXUtnFEMI/K7MDENG')
  conceal('')
  const line = `{"error":"401 for Bearer avagent_${'0f'.repeat(32)}, code enrol_${'ab'.repeat(24)}, key avc_${'1'.repeat(64)}, wJalrXUtnFEMI/K7MDENG"}`
  expect(withoutSecrets(line)).toBe('{"error":"401 for Bearer avagent_…, code enrol_…, key avc_…, …"}')
})
