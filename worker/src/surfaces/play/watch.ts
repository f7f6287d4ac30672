import type { PlayerPage } from '@avocet/shared/playback'
import { z } from 'zod'
import { shownLogo } from '../../domain/presets/logo.ts'
import { settingsOf } from '../../domain/presets/preset.ts'
import { demandDomain, domainLists, openGrant } from '../../domain/playback/grant.ts'
import { signTicket } from '../../domain/playback/openSession.ts'
import { demandPlace } from '../../domain/playback/viewer.ts'
import type { Deps } from '../../domain/ports.ts'
import type { EmbedGrant } from '../../domain/rights.ts'
import { deniedPage } from '../../http/deniedPage.ts'
import { html, htmlAnswer, jsonScript } from '../../http/page.ts'
import { refererOrigin } from '../../http/referer.ts'
import { route } from '../../http/route.ts'
import { oembedUrl } from './oembed.ts'
import { embedToken } from './params.ts'

export const watchRoutes = [
  route({
    method: 'GET',
    path: '/watch/:token',
    summary: 'The player page, for an iframe or a visit',
    tag: 'Playback',
    needs: 'public',
    rate: 'none',
    input: { params: z.object({ token: embedToken }) },
    output: { status: 200, type: 'text/html' },
    async run({ deps, params, request, requestId, clientIp, country }) {
      try {
        const grant = await openGrant(deps, params.token)
        const site = refererOrigin(request)
        demandDomain(deps, grant, site)
        demandPlace(deps, grant, { ip: clientIp, country })
        return await playerPage(deps, grant, site, clientIp)
      } catch (error) {
        return deniedPage(error, requestId)
      }
    },
  }),
]

async function playerPage(deps: Deps, grant: EmbedGrant, site: string | null, clientIp: string): Promise<Response> {
  const preset = settingsOf(grant.preset)
  const watermark = watermarkOf(preset.watermark_text, grant, clientIp)
  const page: PlayerPage = { embedToken: grant.token, ticket: await signTicket(deps, grant, site), title: grant.video.title, preset, logo: shownLogo(grant.preset), watermark }
  const head = html`${discovery(deps, grant)}<link rel="stylesheet" href="/player/player.css">
<script type="module" src="/player/player.js"></script>`
  const body = html`<main id="player"></main>
${jsonScript('avocet', page)}
<noscript>This player needs JavaScript.</noscript>`
  return htmlAnswer({ title: grant.video.title, head, body }, policies(deps, grant))
}

/** Tells who pastes a public video's address where its oEmbed answer is. */
function discovery({ config }: Deps, { token, minted, video }: EmbedGrant) {
  if (minted) return ''
  const address = oembedUrl(config.publicUrl, `${config.publicUrl}/watch/${token}`)
  return html`<link rel="alternate" type="application/json+oembed" href="${address}" title="${video.title}">
`
}

/** The token's template, else the preset's, with all but the time filled in. In one pass: what a viewer is called is no template. */
function watermarkOf(presetText: string, { minted }: EmbedGrant, clientIp: string): string {
  const words: Record<string, string> = { '{viewer_id}': minted?.viewerId ?? '', '{viewer_name}': minted?.viewerName ?? '', '{ip}': clientIp }
  return (minted?.watermarkText ?? presetText).replace(/\{(?:viewer_id|viewer_name|ip)\}/g, (word) => words[word] ?? '')
}

/** One policy for what the page may load, and one for each domain list: a browser holds to all of them. */
function policies(deps: Deps, grant: EmbedGrant): string[] {
  const media = deps.config.mediaBaseUrl ? ` ${deps.config.mediaBaseUrl}` : ''
  const page = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' https: data: blob:",
    `media-src 'self' blob:${media}`,
    `connect-src 'self'${media}`,
    "worker-src 'self' blob:",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const ancestors = domainLists(grant)
    .filter((list) => list.length > 0)
    .map((list) => `frame-ancestors ${[deps.config.publicUrl, ...list].join(' ')}`)
  return [page, ...ancestors]
}
