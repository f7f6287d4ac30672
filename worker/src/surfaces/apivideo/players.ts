import { PresetSettings } from '@avocet/shared/preset'
import { z } from 'zod'
import { createPreset } from '../../domain/presets/createPreset.ts'
import { deletePreset } from '../../domain/presets/deletePreset.ts'
import { getPreset } from '../../domain/presets/getPreset.ts'
import { listPresets } from '../../domain/presets/listPresets.ts'
import { MAX_LOGO_BYTES, putLogo } from '../../domain/presets/putLogo.ts'
import { removeLogo } from '../../domain/presets/removeLogo.ts'
import { updatePreset } from '../../domain/presets/updatePreset.ts'
import { readFileForm } from '../../http/fileBody.ts'
import { route } from '../../http/route.ts'
import { encodePage, idParam, PageQuery, pageOf, SortOrder, sliceOf } from './codec.ts'
import { decodeSettings, encodePlayer, FRESH_PLAYER, PlayerBody, PlayerChanges } from './playerCodec.ts'

const params = z.object({ playerId: idParam('preset', 'pl') })
const reads = { tag: 'Players', needs: 'presets:read', rate: 'read' } as const
const writes = { tag: 'Players', needs: 'presets:write', rate: 'write' } as const
const SORTS = { name: 'name', createdAt: 'created_at', updatedAt: 'updated_at' } as const
const MAX_LINK = 2_000

/** Players are presets. Contract section 7. */
export const playerRoutes = [
  route({
    ...reads,
    method: 'GET',
    path: '/players',
    summary: 'List players, newest first unless sorted otherwise',
    input: { query: PageQuery.extend({ sortBy: z.enum(['name', 'createdAt', 'updatedAt']).optional(), sortOrder: SortOrder }) },
    output: { status: 200, body: pageOf(PlayerBody) },
    async run({ deps, actor, query, request }) {
      const slice = sliceOf(query)
      const descending = query.sortOrder ? query.sortOrder === 'desc' : query.sortBy !== 'name'
      const sort = `${descending ? '-' : ''}${SORTS[query.sortBy ?? 'createdAt']}` as const
      return encodePage(request, slice, await listPresets(deps, actor, sort, slice), (preset) => encodePlayer(deps.config, preset))
    },
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/players',
    summary: 'Create a player',
    input: { body: PlayerChanges, bodyOptional: true },
    output: { status: 201, body: PlayerBody },
    async run({ deps, actor, body }) {
      const { theme, ...settings } = decodeSettings(body)
      const whole = PresetSettings.parse({ ...settings, theme: { ...FRESH_PLAYER, ...theme } })
      return encodePlayer(deps.config, await createPreset(deps, actor, body.name || null, whole))
    },
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/players/:playerId',
    summary: 'Show a player',
    input: { params },
    output: { status: 200, body: PlayerBody },
    run: async ({ deps, actor, params }) => encodePlayer(deps.config, await getPreset(deps, actor, params.playerId)),
  }),
  route({
    ...writes,
    method: 'PATCH',
    path: '/players/:playerId',
    summary: 'Change what is given of a player',
    input: { params, body: PlayerChanges },
    output: { status: 200, body: PlayerBody },
    async run({ deps, actor, params, body }) {
      const name = body.name === undefined ? undefined : body.name || null
      return encodePlayer(deps.config, await updatePreset(deps, actor, params.playerId, { name, settings: decodeSettings(body) }))
    },
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/players/:playerId',
    summary: 'Delete a player; its videos play with the defaults',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deletePreset(deps, actor, params.playerId),
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/players/:playerId/logo',
    summary: 'Upload a logo: PNG or JPEG, at most 200 x 100 pixels and 200 KiB, and where it leads',
    input: { params, streams: ['multipart/form-data'] },
    output: { status: 201, body: PlayerBody },
    async run({ deps, actor, params, request }) {
      const { bytes, fields } = await readFileForm(request, MAX_LOGO_BYTES)
      // nodejs-client sends the text `undefined` when no link is given (contract section 7, seen on the wire).
      const link = fields.link && fields.link !== 'undefined' ? fields.link.slice(0, MAX_LINK) : null
      return encodePlayer(deps.config, await putLogo(deps, actor, params.playerId, { bytes, link }))
    },
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/players/:playerId/logo',
    summary: 'Remove the logo',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => removeLogo(deps, actor, params.playerId),
  }),
]
