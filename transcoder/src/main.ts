/** The transcoder daemon: `node transcoder/src/main.ts`, configured by environment (config.ts). */
import { readConfig } from './config.ts'
import { runDaemon } from './daemon.ts'
import { CredentialRefused } from './failure.ts'
import { log } from './log.ts'

/** EX_NOPERM: the supervisor must not restart us. */
const EXIT_CREDENTIAL_REFUSED = 77

const stopping = new AbortController()
function stop(why: string): void {
  if (stopping.signal.aborted) process.exit(1)
  log.info({ why }, 'stopping')
  stopping.abort(new Error('stopping'))
}
process.on('SIGTERM', () => stop('SIGTERM'))
process.on('SIGINT', () => stop('SIGINT'))

try {
  const config = readConfig(process.env)
  if (config.parentPipe) process.stdin.on('end', () => stop('parent is gone')).resume()
  await runDaemon(config, stopping.signal)
  process.exit(0)
} catch (error) {
  if (stopping.signal.aborted) process.exit(0)
  log.error({ error: error instanceof Error ? error.message : String(error) }, 'the daemon ends')
  process.exit(error instanceof CredentialRefused || /invalid_enrolment_code/.test(String(error)) ? EXIT_CREDENTIAL_REFUSED : 1)
}
