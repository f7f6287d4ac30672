import type { PresetSettings } from '@avocet/shared/preset'

/**
 * The preset with what the embedding page asks for in the address of the frame: `?autoplay=true&muted=true` and
 * `#autoplay;muted;loop;hide-controls;hide-title;chromeless;show-subtitles` (contract apivideo.md, section 16). A preset that is not
 * steerable stays as it is.
 */
export function wished(preset: PresetSettings, { search, hash }: Pick<Location, 'search' | 'hash'>): PresetSettings {
  if (!preset.steerable) return preset
  const query = new URLSearchParams(search)
  const words = new Set(hash.slice(1).split(';'))
  const asked = (name: string) => words.has(name) || ['', '1', 'true'].includes(query.get(name) ?? 'no')
  const bare = words.has('chromeless')
  return {
    ...preset,
    autoplay: preset.autoplay || asked('autoplay'),
    muted: preset.muted || asked('muted'),
    loop: preset.loop || asked('loop'),
    controls: preset.controls && !bare && !words.has('hide-controls'),
    hide_title: preset.hide_title || bare || words.has('hide-title'),
    captions_default: preset.captions_default || words.has('show-subtitles'),
  }
}
