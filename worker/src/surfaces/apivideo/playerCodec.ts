/** A player in this dialect: a preset with a flat theme. Contract section 7. */
import { isThemeColour, type PresetEdits, type Theme } from '@avocet/shared/preset'
import { z } from 'zod'
import type { Config } from '../../domain/ports.ts'
import { logoPath } from '../../domain/presets/logo.ts'
import { type Preset, settingsOf } from '../../domain/presets/preset.ts'
import { spellId, Time, time } from './codec.ts'

const [WHITE, BLACK] = ['rgba(255, 255, 255, 1)', 'rgba(0, 0, 0, .7)']
/** Each colour: our name of it, and what a player has who is given none. */
const COLOURS = {
  text: ['text', WHITE],
  link: ['link', WHITE],
  linkHover: ['link_hover', WHITE],
  linkActive: ['link_active', WHITE],
  trackPlayed: ['track_played', 'rgba(88, 131, 255, .95)'],
  trackUnplayed: ['track_unplayed', 'rgba(255, 255, 255, .35)'],
  trackBackground: ['track_background', 'rgba(255, 255, 255, .2)'],
  backgroundTop: ['background_top', BLACK],
  backgroundBottom: ['background_bottom', BLACK],
  backgroundText: ['background_text', WHITE],
} as const satisfies Record<string, readonly [keyof Theme, string]>
type Colour = keyof typeof COLOURS
const NAMES = Object.keys(COLOURS) as Colour[]

/** Each flag, and our name of it. */
const FLAGS = { enableApi: 'steerable', enableControls: 'controls', forceAutoplay: 'autoplay', hideTitle: 'hide_title', forceLoop: 'loop' } as const
type Flag = keyof typeof FLAGS

const ofAll = <K extends string, T>(names: readonly K[], make: (name: K) => T) => Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, T>
const FLAG_NAMES = Object.keys(FLAGS) as Flag[]

export const PlayerChanges = z
  .object({
    name: z.string().max(100).nullable(),
    ...ofAll(NAMES, () => z.string().refine(isThemeColour, 'A colour is rgba(r, g, b, a).').nullable()),
    ...ofAll(FLAG_NAMES, () => z.boolean()),
  })
  .partial()

export const PlayerBody = z.object({
  playerId: z.string(),
  name: z.string().nullable(),
  ...ofAll(NAMES, () => z.string()),
  ...ofAll(FLAG_NAMES, () => z.boolean()),
  createdAt: Time,
  updatedAt: Time,
  assets: z.object({ logo: z.string().nullable(), link: z.string().nullable() }),
})

/** The theme of a player made here without one. */
export const FRESH_PLAYER = Object.fromEntries(Object.values(COLOURS)) as Theme

/** What is given, in our names; null gives a colour its default back. */
export function decodeSettings(changes: z.infer<typeof PlayerChanges>): PresetEdits {
  const given = NAMES.filter((name) => changes[name] !== undefined)
  const flags = FLAG_NAMES.filter((name) => changes[name] !== undefined)
  return {
    ...Object.fromEntries(flags.map((name) => [FLAGS[name], changes[name]])),
    theme: Object.fromEntries(given.map((name) => [COLOURS[name][0], changes[name] ?? COLOURS[name][1]])),
  }
}

export function encodePlayer({ publicUrl }: Config, preset: Preset): z.infer<typeof PlayerBody> {
  const settings = settingsOf(preset)
  return {
    playerId: spellId('pl', preset.id),
    name: preset.name || null,
    ...ofAll(NAMES, (name) => settings.theme[COLOURS[name][0]] ?? COLOURS[name][1]),
    ...ofAll(FLAG_NAMES, (name) => settings[FLAGS[name]]),
    createdAt: time(preset.createdAt),
    updatedAt: time(preset.updatedAt),
    assets: { logo: preset.logo && publicUrl + logoPath(preset.logo.file), link: preset.logo?.link ?? null },
  }
}
