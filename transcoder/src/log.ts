import { pino } from 'pino'

/** Our own credentials, recognisable wherever they turn up. */
const CREDENTIAL = /\b(avagent|enrol|avc)_[0-9a-f]{8,}/g
const secrets = new Set<string>()

/** A value that no line may show from now on, whatever error text it comes in. */
export function conceal(secret: string | null | undefined): void {
  if (secret && secret.length >= 8) secrets.add(secret)
}

/** A line as it may be written. */
export function withoutSecrets(line: string): string {
  let clean = line.replaceAll(CREDENTIAL, '$1_…')
  for (const secret of secrets) clean = clean.replaceAll(secret, '…')
  return clean
}

const stdout = pino.destination(1)
// A disk that is full of logs, a reader that is gone: work goes on without a log. What could not be written must not be kept either.
stdout.on('error', () => {
  stdout.write = () => true
  stdout.flushSync = () => {}
})

/** JSON lines on stdout. Credentials and keys are never passed to it; should one hide in an error's text, it is taken out. */
export const log = pino({ base: undefined, level: process.env.AVOCET_LOG_LEVEL ?? 'info', hooks: { streamWrite: withoutSecrets } }, stdout)
