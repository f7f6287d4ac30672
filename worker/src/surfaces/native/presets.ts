import { type PresetEdits, PresetSettings, Theme } from '@avocet/shared/preset'
import { z } from 'zod'
import { createPreset } from '../../domain/presets/createPreset.ts'
import { deletePreset } from '../../domain/presets/deletePreset.ts'
import { getPreset } from '../../domain/presets/getPreset.ts'
import { listPresets } from '../../domain/presets/listPresets.ts'
import { logoPath } from '../../domain/presets/logo.ts'
import { type Preset, settingsOf } from '../../domain/presets/preset.ts'
import { MAX_LOGO_BYTES, putLogo } from '../../domain/presets/putLogo.ts'
import { removeLogo } from '../../domain/presets/removeLogo.ts'
import { updatePreset } from '../../domain/presets/updatePreset.ts'
import type { Config } from '../../domain/ports.ts'
import { readFileBody } from '../../http/fileBody.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, PageQuery, pageOf, sliceOf } from './codec.ts'

const name = z.string()
/** Without defaults: a partial change must not bring them back. */
const partOf = ({ shape }: z.ZodObject<Record<string, z.ZodDefault | z.ZodPrefault>>) =>
  z.strictObject(Object.fromEntries(Object.entries(shape).map(([field, schema]) => [field, schema.unwrap()]))).partial()
const Edits = partOf(PresetSettings).extend({ theme: partOf(Theme).optional() }) as unknown as z.ZodType<PresetEdits>
const Logo = z.object({ url: z.string(), link: z.string().nullable(), type: z.string(), size: z.number().int(), width: z.number().int(), height: z.number().int() })
const PresetBody = z.object({ id: z.string(), name, settings: PresetSettings, logo: Logo.nullable(), created_at: Iso, updated_at: Iso }).meta({ id: 'Preset' })
const params = z.object({ id: idParam('preset') })
const reads = { tag: 'Presets', needs: 'presets:read', rate: 'read' } as const
const writes = { tag: 'Presets', needs: 'presets:write', rate: 'write' } as const

export const presetRoutes = [
  route({
    ...reads,
    method: 'GET',
    path: '/presets',
    summary: 'List player presets, newest first unless sorted otherwise',
    input: { query: PageQuery.extend({ sort: z.enum(['name', '-name', 'created_at', '-created_at', 'updated_at', '-updated_at']).default('-created_at') }) },
    output: { status: 200, body: pageOf(PresetBody) },
    run: async ({ deps, actor, query }) => encodePage(await listPresets(deps, actor, query.sort, sliceOf(query)), query, (preset) => encodePreset(deps.config, preset)),
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/presets',
    summary: 'Create a player preset',
    input: { body: z.strictObject({ name, settings: PresetSettings.prefault({}) }) },
    output: { status: 201, body: PresetBody },
    run: async ({ deps, actor, body }) => encodePreset(deps.config, await createPreset(deps, actor, body.name, body.settings)),
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/presets/:id',
    summary: 'A player preset',
    input: { params },
    output: { status: 200, body: PresetBody },
    run: async ({ deps, actor, params }) => encodePreset(deps.config, await getPreset(deps, actor, params.id)),
  }),
  route({
    ...writes,
    method: 'PUT',
    path: '/presets/:id',
    summary: 'Change a player preset; only the fields sent change',
    input: { params, body: z.strictObject({ name: name.optional(), settings: Edits.optional() }) },
    output: { status: 200, body: PresetBody },
    run: async ({ deps, actor, params, body }) => encodePreset(deps.config, await updatePreset(deps, actor, params.id, { name: body.name, settings: body.settings ?? {} })),
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/presets/:id',
    summary: 'Delete a player preset; its videos play with the defaults',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deletePreset(deps, actor, params.id),
  }),
  route({
    ...writes,
    method: 'PUT',
    path: '/presets/:id/logo',
    summary: 'Upload a logo: PNG or JPEG, at most 200 x 100 pixels and 200 KiB, as raw body or multipart file',
    input: { params, query: z.strictObject({ link: z.url({ protocol: /^https?$/ }).max(2000).optional() }), streams: ['image/png', 'image/jpeg', 'multipart/form-data'] },
    output: { status: 200, body: PresetBody },
    async run({ deps, actor, params, query, request }) {
      const { bytes } = await readFileBody(request, MAX_LOGO_BYTES)
      return encodePreset(deps.config, await putLogo(deps, actor, params.id, { bytes, link: query.link ?? null }))
    },
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/presets/:id/logo',
    summary: 'Remove the uploaded logo',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => removeLogo(deps, actor, params.id),
  }),
]

const encodePreset = ({ publicUrl }: Config, preset: Preset): z.infer<typeof PresetBody> => ({
  id: preset.id,
  name: preset.name,
  settings: settingsOf(preset),
  logo: preset.logo && {
    url: publicUrl + logoPath(preset.logo.file),
    link: preset.logo.link,
    type: preset.logo.type,
    size: preset.logo.sizeBytes,
    width: preset.logo.widthPx,
    height: preset.logo.heightPx,
  },
  created_at: iso(preset.createdAt),
  updated_at: iso(preset.updatedAt),
})
