import { PresetSettings } from '@avocet/shared/preset'
import { z } from 'zod'
import { createPreset } from '../../domain/presets/createPreset.ts'
import { deletePreset } from '../../domain/presets/deletePreset.ts'
import { getPreset } from '../../domain/presets/getPreset.ts'
import { listPresets } from '../../domain/presets/listPresets.ts'
import type { Preset } from '../../domain/presets/preset.ts'
import { updatePreset } from '../../domain/presets/updatePreset.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, PageQuery, pageOf, sliceOf } from './codec.ts'

const name = z.string()
/** Without defaults: a partial change must not bring them back. */
const Edits = z.strictObject(Object.fromEntries(Object.entries(PresetSettings.shape).map(([field, schema]) => [field, schema.unwrap()]))).partial() as unknown as z.ZodType<Partial<PresetSettings>>
const PresetBody = z.object({ id: z.string(), name, settings: PresetSettings, created_at: Iso, updated_at: Iso }).meta({ id: 'Preset' })
const params = z.object({ id: idParam('preset') })
const reads = { tag: 'Presets', needs: 'presets:read', rate: 'read' } as const
const writes = { tag: 'Presets', needs: 'presets:write', rate: 'write' } as const

export const presetRoutes = [
  route({
    ...reads,
    method: 'GET',
    path: '/presets',
    summary: 'List player presets',
    input: { query: PageQuery },
    output: { status: 200, body: pageOf(PresetBody) },
    run: async ({ deps, actor, query }) => encodePage(await listPresets(deps, actor, sliceOf(query)), query, encodePreset),
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/presets',
    summary: 'Create a player preset',
    input: { body: z.strictObject({ name, settings: PresetSettings.prefault({}) }) },
    output: { status: 201, body: PresetBody },
    run: async ({ deps, actor, body }) => encodePreset(await createPreset(deps, actor, body.name, body.settings)),
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/presets/:id',
    summary: 'A player preset',
    input: { params },
    output: { status: 200, body: PresetBody },
    run: async ({ deps, actor, params }) => encodePreset(await getPreset(deps, actor, params.id)),
  }),
  route({
    ...writes,
    method: 'PUT',
    path: '/presets/:id',
    summary: 'Change a player preset; only the fields sent change',
    input: { params, body: z.strictObject({ name: name.optional(), settings: Edits.optional() }) },
    output: { status: 200, body: PresetBody },
    run: async ({ deps, actor, params, body }) => encodePreset(await updatePreset(deps, actor, params.id, { name: body.name, settings: body.settings ?? {} })),
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
]

const encodePreset = (preset: Preset): z.infer<typeof PresetBody> => ({
  id: preset.id,
  name: preset.name,
  settings: preset.settings,
  created_at: iso(preset.createdAt),
  updated_at: iso(preset.updatedAt),
})
