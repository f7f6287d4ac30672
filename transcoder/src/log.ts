import { pino } from 'pino'

/** JSON lines on stdout. Credentials, keys and addresses with tokens are never passed to it. */
export const log = pino({ base: undefined, level: process.env.AVOCET_LOG_LEVEL ?? 'info' })
