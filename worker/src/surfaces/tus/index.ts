import { MAX_CHUNKED_BYTES, MIN_CHUNK_BYTES } from '../../domain/uploads/chunkSize.ts'
import { accountActor } from '../../http/actor.ts'
import type { Surface } from '../../http/surface.ts'
import { answerFault } from './faults.ts'
import { tusRoutes } from './uploads.ts'

/**
 * tus 1.0.0 (https://tus.io/protocols/resumable-upload): core, creation, expiration, checksum, termination. The same uploads as the native
 * surface's, sent in order. A PATCH holds a multiple of the chunk size, which every answer about an upload names, or all that is left.
 */
export const tus: Surface = {
  name: 'tus',
  base: '/tus',
  routes: tusRoutes,
  authenticate: (deps, request, _needs, byUploadToken) => accountActor(deps, request, byUploadToken),
  answerFault,
  crossOrigin: () => true,
  crossOriginHeaders: ['Authorization', 'Idempotency-Key', 'Tus-Resumable', 'Upload-Length', 'Upload-Offset', 'Upload-Metadata', 'Upload-Checksum', 'X-HTTP-Method-Override'],
  exposedHeaders: ['Location', 'Tus-Resumable', 'Tus-Version', 'Tus-Extension', 'Tus-Max-Size', 'Upload-Offset', 'Upload-Length', 'Upload-Metadata', 'Upload-Expires', 'Upload-Limit', 'X-Chunk-Size', 'X-Video-ID'],
  headers: { 'Tus-Resumable': '1.0.0' },
  optionsHeaders: ({ config }) => ({
    'Tus-Version': '1.0.0',
    'Tus-Extension': 'creation,expiration,checksum,termination',
    'Tus-Checksum-Algorithm': 'sha1,sha256',
    'Tus-Max-Size': String(Math.min(config.maxUploadBytes, MAX_CHUNKED_BYTES)),
    // draft-ietf-httpbis-resumable-upload section 4.1.4: what a request may hold, but the last of an upload.
    'Upload-Limit': `max-size=${Math.min(config.maxUploadBytes, MAX_CHUNKED_BYTES)}, min-append-size=${MIN_CHUNK_BYTES}`,
  }),
}
