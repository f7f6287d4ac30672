/** A viewer's calls: a session opened, its keys fetched, links made for them. */
import { call, post, type Tenant } from './site.ts'

export interface Session {
  session_id: string
  playlist_token: string
  expires_in: number
}
export const code = async (answer: Response) => [answer.status, answer.ok ? 'good' : (await answer.json<{ code: string }>()).code] as const
export const open = (token: string, init: RequestInit = {}) => call(`/api/stream/${token}/token`, { method: 'POST', body: '{}', ...init })
export const session = async (token: string) => (await open(token)).json<Session>()
export const key = (playlistToken: string, init: RequestInit = {}) => call(`/p/${playlistToken}/key/0`, init)
export const mint = async (mine: Tenant, video_id: string, terms: object = {}) =>
  (await (await post('/api/v1/embed-token', { video_id, ...terms }, { key: mine.key })).json<{ embed_token: string }>()).embed_token
/** What a key request may still have remembered is this old at most. */
export const forget = () => new Promise((resolve) => setTimeout(resolve, 5_100))
