/** What the edge hands to the player page and its token call. */
import { z } from 'zod'
import { PresetSettings } from './preset.ts'

/** JSON in `<script type="application/json" id="avocet">` of the player page. */
export const PlayerPage = z.strictObject({
  embedToken: z.string(),
  /** Short-lived proof that this page load passed the domain check; sent back on the token call. */
  ticket: z.string(),
  title: z.string(),
  preset: PresetSettings,
  /** Shown in the corner; its `link` is an http or https address. */
  logo: z.object({ src: z.string(), link: z.string().nullable() }).nullable(),
  /** Watermark with everything but `{time}` filled in; empty for none. */
  watermark: z.string(),
})
export type PlayerPage = z.infer<typeof PlayerPage>

/** Answer of `GET|POST /api/stream/{embedToken}/token`. Addresses are relative to the origin. */
export const PlaybackSession = z.object({
  session_id: z.string(),
  playlist_token: z.string(),
  expires_in: z.number().int().positive(),
  master_m3u8: z.string(),
  /** The DASH manifest of the same segments; null while the video grows, and for encrypted ones, which only HLS can say. */
  manifest_mpd: z.string().nullable(),
  poster: z.string().nullable(),
  storyboard: z.string().nullable(),
  captions: z.array(z.object({ url: z.string(), language: z.string(), label: z.string(), default: z.boolean() })),
  duration: z.number().nullable(),
})
export type PlaybackSession = z.infer<typeof PlaybackSession>
