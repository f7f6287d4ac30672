import { html, raw } from 'hono/html'

export { html, raw }

/** JSON for a `<script type="application/json">`: no `<` survives, so it cannot end the element. */
export function jsonScript(id: string, value: unknown) {
  return raw(`<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`)
}

/** An HTML answer under a policy of its own; `policies` are joined by the browser: each must allow. */
export function htmlAnswer(body: unknown, policies: readonly string[], status = 200): Response {
  const headers = new Headers({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
  for (const policy of policies) headers.append('Content-Security-Policy', policy)
  return new Response(String(body), { status, headers })
}
