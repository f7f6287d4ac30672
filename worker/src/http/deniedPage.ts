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
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
<link rel="stylesheet" href="/player/player.css">
</head>
<body>
<main id="player">
<div class="panel" role="alert" data-code="${code}">
<h1>${title}</h1>
<p>${text}</p>
<small>${code} · ${requestId}</small>
</div>
</main>
</body>
</html>`
  return htmlAnswer(body, ["default-src 'none'; style-src 'self'; img-src data:"], status)
}
