/** The transcoder: `node transcoder/src/main.ts [command]`, configured by environment (config.ts). */
import { doctor } from './cli/doctor.ts'
import { drain } from './cli/drain.ts'
import { status } from './cli/status.ts'
import { readConfig, stateDirOf } from './config.ts'
import { runDaemon } from './daemon.ts'
import { CredentialRefused } from './failure.ts'
import { log } from './log.ts'

/** EX_NOPERM: the supervisor must not restart us. */
const EXIT_CREDENTIAL_REFUSED = 77
const EXIT_USAGE = 64

const USAGE = `avocet-transcoder [command] [--json]

  run      work for the server until told to stop (the default)
  doctor   look at all this host needs: programs, encoders, disk, clock, server, object store
  status   what the daemon of this host does
  drain    let it finish, claim no more, and end

Settings are in the environment; see /etc/avocet/transcoder.env or docs/operations/transcoder.md.`

async function run(): Promise<number> {
  const stopping = new AbortController()
  const stop = (why: string) => {
    // Asked twice: at once. What was not given back is with others when its lease ends; ffmpeg dies with us.
    if (stopping.signal.aborted) process.exit(0)
    log.info({ why }, 'stopping')
    stopping.abort(new Error('stopping'))
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  try {
    const config = readConfig(process.env)
    if (config.parentPipe) process.stdin.on('end', () => stop('parent is gone')).resume()
    await runDaemon(config, stopping.signal)
    return 0
  } catch (error) {
    if (stopping.signal.aborted) return 0
    log.error({ error: error instanceof Error ? error.message : String(error) }, 'the daemon ends')
    return error instanceof CredentialRefused || /invalid_enrolment_code|agent_too_old/.test(String(error)) ? EXIT_CREDENTIAL_REFUSED : 1
  }
}

async function main(words: readonly string[]): Promise<number> {
  const [command = 'run', ...more] = words.filter((word) => word !== '--json')
  const asJson = words.includes('--json')
  if (more.length > 0) return usage()
  if (command === 'run') return run()
  if (command === 'status') return status(stateDirOf(process.env), asJson)
  if (command === 'drain') return drain(stateDirOf(process.env))
  if (command === 'doctor') return doctor(readConfig(process.env), asJson)
  return usage(command === 'help' || command === '--help' ? 0 : EXIT_USAGE)
}

function usage(code = EXIT_USAGE): number {
  console.log(USAGE)
  return code
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  },
)
