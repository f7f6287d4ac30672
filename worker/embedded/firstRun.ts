import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type State, writePrivately } from './state.ts'

export interface FirstRun {
  url: string
  setupCode: string
  apiKey: string
}

/** On first boot makes the first account and its key, kept in first-run.json (0600) for local scripts. `fresh` says whether this was it. */
export async function firstRun(state: State, url: string): Promise<{ facts: FirstRun | null; fresh: boolean }> {
  const file = join(state.dir, 'first-run.json')
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FirstRun) : null
  if (known) {
    if (known.url !== url) writePrivately(file, `${JSON.stringify({ ...known, url }, null, 2)}\n`)
    return { facts: { ...known, url }, fresh: false }
  }
  const response = await callAsOperator(state, url, '/api/auth/bootstrap')
  // A crash between the answer and the file: the site is there, its first key is lost. The setup code still claims it.
  if (response.status === 409) {
    console.error(
      `avocet: ${file} is gone; the setup code ${state.secrets.SETUP_CODE} claims the site, and a signed-in user makes new keys`,
    )
    return { facts: null, fresh: false }
  }
  if (!response.ok) throw new Error(`First boot failed: ${response.status} ${await response.text()}`)
  const { api_key: apiKey } = (await response.json()) as { api_key: string }
  const facts = { url, setupCode: state.secrets.SETUP_CODE, apiKey }
  writePrivately(file, `${JSON.stringify(facts, null, 2)}\n`)
  return { facts, fresh: true }
}

/** A fresh enrolment code for one transcoder. */
export async function enrolmentCode(state: State, url: string): Promise<string> {
  const response = await callAsOperator(state, url, '/agent/v1/enrolments')
  if (!response.ok) throw new Error(`No enrolment code: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { code: string }).code
}

function callAsOperator(state: State, url: string, path: string): Promise<Response> {
  return fetch(url + path, { method: 'POST', headers: { Authorization: `Bearer ${state.secrets.OPERATOR_TOKEN}` } })
}

/** What a newcomer needs, ready to paste. */
export function welcome({ url, setupCode, apiKey }: FirstRun): string {
  return `
  Setup code (claims the admin, once):  ${setupCode}
    curl -X POST ${url}/api/auth/setup -d '{"code":"${setupCode}","email":"you@example.com","password":"choose one"}'

  First API key:  ${apiKey}

  Upload a file in three steps:
    FILE=video.mp4; API=${url}/api/v1; KEY=${apiKey}
    # 1. init
    INIT=$(curl -sS -X POST $API/upload/init -H "X-API-Key: $KEY" \\
      -d "{\\"filename\\":\\"$(basename "$FILE" | sed 's/["\\\\]/\\\\&/g')\\",\\"size\\":$(($(wc -c < "$FILE")))}"); echo "$INIT"
    ID=$(echo "$INIT" | sed 's/.*"upload_id":"\\([^"]*\\)".*/\\1/'); SIZE=$(echo "$INIT" | sed 's/.*"chunk_size":\\([0-9]*\\).*/\\1/')
    # 2. chunks
    DIR=$(mktemp -d); split -b $SIZE -a 4 "$FILE" $DIR/; I=0
    for C in $DIR/*; do curl -sS -X POST $API/upload/chunk -H "X-API-Key: $KEY" -H "X-Upload-ID: $ID" -H "X-Chunk-Index: $I" --data-binary @$C; echo; I=$((I+1)); done
    rm -r $DIR
    # 3. complete
    curl -sS -X POST $API/upload/complete -H "X-API-Key: $KEY" -d "{\\"upload_id\\":\\"$ID\\"}"

  API reference:  ${url}/reference/
`
}
