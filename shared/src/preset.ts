/** Player look and behaviour. The player page receives exactly this. */
import { z } from 'zod'

const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'A colour is #rrggbb.')

/** A colour with or without transparency. Nothing but digits and commas gets through, so it may stand in a style sheet. */
const THEME_COLOUR = /^(?:#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|rgba?\( *\d{1,3} *, *\d{1,3} *, *\d{1,3} *(?:, *(?:0|1|[01]?\.\d{1,6}) *)?\))$/
/** True for `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb(r, g, b)` and `rgba(r, g, b, a)`. */
export const isThemeColour = (text: string): boolean => THEME_COLOUR.test(text)
const themeColour = z.string().refine(isThemeColour, 'A colour is #rrggbb or rgba(r, g, b, a).').nullable().default(null)

/** Colours of the parts of the player; null leaves a part as the player has it. */
export const Theme = z.strictObject({
  /** Times. */
  text: themeColour,
  /** Buttons; under the pointer; the play button under the pointer. */
  link: themeColour,
  link_hover: themeColour,
  link_active: themeColour,
  /** The time bar: what was played, what is loaded, the rest. */
  track_played: themeColour,
  track_unplayed: themeColour,
  track_background: themeColour,
  /** Behind the bars: their upper and lower end. */
  background_top: themeColour,
  background_bottom: themeColour,
  /** The title. */
  background_text: themeColour,
})
export type Theme = z.infer<typeof Theme>

export const PresetSettings = z.strictObject({
  accent_color: colour.default('#4f7cff'),
  background_color: colour.default('#000000'),
  theme: Theme.prefault({}),
  /** https address of an image shown in the corner; an uploaded one goes before it. */
  logo_url: z.url({ protocol: /^https$/ }).max(2000).nullable().default(null),
  logo_link: z.url({ protocol: /^https$/ }).max(2000).nullable().default(null),
  controls: z.boolean().default(true),
  hide_title: z.boolean().default(false),
  autoplay: z.boolean().default(false),
  loop: z.boolean().default(false),
  muted: z.boolean().default(false),
  captions_default: z.boolean().default(false),
  speed_menu: z.boolean().default(true),
  /** Whether the embedding page may steer the player by messages. */
  steerable: z.boolean().default(true),
  /** Text over the picture; `{viewer_id}`, `{viewer_name}`, `{ip}` and `{time}` are filled in at play time. Empty: none. */
  watermark_text: z.string().max(200).default(''),
})
export type PresetSettings = z.infer<typeof PresetSettings>
/** What a change may say: anything less than all of it. */
export type PresetEdits = Partial<Omit<PresetSettings, 'theme'>> & { theme?: Partial<Theme> | undefined }
