import { DENIALS } from '@avocet/shared/denials'
import { Fault } from '@avocet/shared/fault'
import { answerFault } from './faults.ts'
import { html, htmlAnswer } from './page.ts'

/** A denied viewer sees a plain reason, in the player's words and looks. Throws again what is no refusal. */
export function deniedPage(fault: unknown, requestId: string): Response {
  if (!(fault instanceof Fault) || fault.code === 'internal') throw fault
  const { status } = answerFault(fault, requestId)
  const code = fault.details.reason ?? fault.code
  const [title, text] = DENIALS[code] ?? ['Not available', fault.message]
  const head = html`<link rel="stylesheet" href="/player/player.css">`
  const body = html`<main id="player">
<div class="panel" role="alert" data-code="${code}">
<h1>${title}</h1>
<p>${text}</p>
<small>${code} · ${requestId}</small>
</div>
</main>`
  return htmlAnswer({ title, head, body }, ["default-src 'none'; style-src 'self'; img-src data:"], status)
}
