import { html, raw } from 'hono/html'

export { html, raw }

/** JSON for a `<script type="application/json">`: no `<` survives, so it cannot end the element. */
export function jsonScript(id: string, value: unknown) {
  return raw(`<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`)
}

/** A page of ours. Search engines keep none: what is shown depends on who asks. */
export interface Page {
  title: string
  /** What the head holds beside that. */
  head: unknown
  body: unknown
}

/** An HTML answer under a policy of its own; `policies` are joined by the browser: each must allow. */
export function htmlAnswer({ title, head, body }: Page, policies: readonly string[], status = 200): Response {
  const headers = new Headers({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
  for (const policy of policies) headers.append('Content-Security-Policy', policy)
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
${head}
</head>
<body>
${body}
</body>
</html>`
  return new Response(String(page), { status, headers })
}
