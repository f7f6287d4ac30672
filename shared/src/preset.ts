/** Player look and behaviour. The player page receives exactly this. */
import { z } from 'zod'

const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'A colour is #rrggbb.')

export const PresetSettings = z.strictObject({
  accent_color: colour.default('#4f7cff'),
  background_color: colour.default('#000000'),
  /** https address of an image shown in the corner. */
  logo_url: z.url({ protocol: /^https$/ }).max(2000).nullable().default(null),
  logo_link: z.url({ protocol: /^https$/ }).max(2000).nullable().default(null),
  controls: z.boolean().default(true),
  autoplay: z.boolean().default(false),
  loop: z.boolean().default(false),
  muted: z.boolean().default(false),
  captions_default: z.boolean().default(false),
  speed_menu: z.boolean().default(true),
  /** Text over the picture; `{viewer_id}`, `{viewer_name}`, `{ip}` and `{time}` are filled in at play time. Empty: none. */
  watermark_text: z.string().max(200).default(''),
})
export type PresetSettings = z.infer<typeof PresetSettings>
