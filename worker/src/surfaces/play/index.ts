import { Fault } from '@avocet/shared/fault'
import { answerFault } from '../../http/faults.ts'
import type { Surface } from '../../http/surface.ts'
import { imageRoutes } from './images.ts'
import { mediaRoutes } from './media.ts'
import { playlistRoutes } from './playlists.ts'
import { sessionRoutes } from './session.ts'
import { watchRoutes } from './watch.ts'

/** What players and viewers' browsers fetch (DESIGN section 9). Every route is open: its credential stands in the path. */
export const play: Surface = {
  name: 'play',
  base: '',
  routes: [...watchRoutes, ...sessionRoutes, ...playlistRoutes, ...mediaRoutes, ...imageRoutes],
  authenticate: async () => {
    throw new Fault('internal', 'Play routes take their credential from the path.')
  },
  answerFault,
  // Players on customers' pages fetch these; no cookie is involved, the token in the path is the credential.
  crossOrigin: (path) => !path.startsWith('/watch/'),
}
