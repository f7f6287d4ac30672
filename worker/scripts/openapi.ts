/** Writes docs/openapi.json from the route values. `node worker/scripts/openapi.ts`; a test fails when the file is stale. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openApiDocument } from '../src/http/openapi.ts'
import { accounts } from '../src/surfaces/accounts/index.ts'
import { agent } from '../src/surfaces/agent/index.ts'
import { native } from '../src/surfaces/native/index.ts'
import { play } from '../src/surfaces/play/index.ts'
import { tus } from '../src/surfaces/tus/index.ts'

const file = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

/** The document as text, as it should stand in docs/. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument([native, accounts, agent, play, tus], version), null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, openApiText())
