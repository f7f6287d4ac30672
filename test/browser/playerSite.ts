/** The player page and what it talks to, as the play surface serves them, over a stream on disk. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { PlaybackSession, PlayerPage } from '../../shared/src/playback.ts'
import { PresetSettings } from '../../shared/src/preset.ts'
import { STREAM_SECONDS } from './playerStream.ts'

const ASSETS = new URL('../../worker/assets/', import.meta.url)
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.m4s': 'video/mp4',
  '.mp4': 'video/mp4',
  '.vtt': 'text/vtt',
  '.jpg': 'image/jpeg',
}
/** As worker/src/surfaces/play/watch.ts sends it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'"

export interface PlayerSite {
  url: string
  /** What the next page load is given. */
  page: PlayerPage
  /** What the token call answers from now on; null: a new session. */
  refusal: { status: number; body: object } | null
  /** Segments committed so far of a video still being encoded; null: all, and the playlists say so. */
  committed: number | null
  /** Playback tokens that no longer open anything, and the status that says so. */
  expired: Map<string, number>
  /** What is said with that status. */
  denial: object | null
  /** `METHOD path` of every request. */
  requests: string[]
  beacons: unknown[]
  sessions: number
  /** What token calls sent. */
  asked: { ticket?: string; playlist_token?: string }[]
  /** Seconds that new tokens live. */
  lifetime: number
  close(): void
}

export const pageWith = (preset: Partial<PresetSettings> = {}, watermark = ''): PlayerPage => ({
  embedToken: 'e'.repeat(32),
  ticket: 'ticket',
  title: 'Field recordings: the avocet colony in spring',
  preset: PresetSettings.parse(preset),
  logo: preset.logo_url ? { src: preset.logo_url, link: preset.logo_link ?? null } : null,
  watermark,
})

export async function startPlayerSite(stream: string): Promise<PlayerSite> {
  const site: PlayerSite = {
    url: '',
    page: pageWith(),
    refusal: null,
    committed: null,
    expired: new Map(),
    denial: null,
    requests: [],
    beacons: [],
    sessions: 0,
    asked: [],
    lifetime: 3600,
    close: () => server.close(),
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    site.requests.push(`${request.method} ${pathname}`)
    answer(site, stream, pathname, request, response).catch(() => response.writeHead(404).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return site
}

async function answer(site: PlayerSite, stream: string, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, first, token = '', file = ''] = path.split('/')
  if (first === 'watch') {
    response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': POLICY }).end(html(site.page))
  } else if (first === 'api') {
    site.asked.push(JSON.parse(await textOf(request)))
    const { status, body } = site.refusal ?? { status: 200, body: newSession(site) }
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  } else if (first === 'p' && site.expired.has(token)) {
    response.writeHead(site.expired.get(token) ?? 401, { 'Content-Type': 'application/json' }).end(site.denial ? JSON.stringify(site.denial) : '')
  } else if (file === 'beacon') {
    site.beacons.push(JSON.parse(await textOf(request)))
    response.writeHead(204).end()
  } else {
    let bytes: Buffer | string = readFileSync(first === 'p' ? join(stream, file) : new URL(path.slice(1), ASSETS))
    if (/^[av]\d\.m3u8$/.test(file) && site.committed !== null) bytes = growing(bytes.toString(), site.committed)
    response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(bytes)
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += part
  return text
}

/** A media playlist as it stands while only its first `segments` are there. */
function growing(playlist: string, segments: number): string {
  const [head = '', ...entries] = playlist.replace('#EXT-X-ENDLIST\n', '').replace('TYPE:VOD', 'TYPE:EVENT').split('#EXTINF')
  return [`${head}#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n`, ...entries.slice(0, segments)].join('#EXTINF')
}

function newSession(site: PlayerSite): PlaybackSession {
  site.sessions += 1
  const base = `/p/token-${site.sessions}`
  return {
    session_id: `ses_${site.sessions}`,
    playlist_token: `token-${site.sessions}`,
    expires_in: site.lifetime,
    master_m3u8: `${base}/master.m3u8`,
    poster: `${base}/poster.jpg`,
    manifest_mpd: null,
    storyboard: `${base}/storyboard.vtt`,
    captions: [
      { url: `${base}/en.vtt`, language: 'en', label: 'English', default: false },
      { url: `${base}/de.vtt`, language: 'de', label: 'Deutsch', default: false },
    ],
    duration: STREAM_SECONDS,
  }
}

const html = (page: PlayerPage) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Player</title>
<link rel="stylesheet" href="/player/player.css"><script type="module" src="/player/player.js"></script></head>
<body><main id="player"></main><script type="application/json" id="avocet">${JSON.stringify(page).replaceAll('<', '\\u003c')}</script></body></html>`
