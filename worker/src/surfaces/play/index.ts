import { Fault } from '@avocet/shared/fault'
import { answerFault } from '../../http/faults.ts'
import type { Surface } from '../../http/surface.ts'
import { beaconRoutes } from './beacon.ts'
import { imageRoutes } from './images.ts'
import { mediaRoutes } from './media.ts'
import { oembedRoutes } from './oembed.ts'
import { playlistRoutes } from './playlists.ts'
import { sessionRoutes } from './session.ts'
import { watchRoutes } from './watch.ts'

/** What players and viewers' browsers fetch (DESIGN section 9). Every route is open: its credential stands in the path. */
export const play: Surface = {
  name: 'play',
  base: '',
  routes: [...watchRoutes, ...oembedRoutes, ...sessionRoutes, ...beaconRoutes, ...playlistRoutes, ...mediaRoutes, ...imageRoutes],
  authenticate: async () => {
    throw new Fault('internal', 'Play routes take their credential from the path.')
  },
  answerFault,
  shielded,
  // Players on customers' pages fetch these; no cookie is involved, the token in the path is the credential.
  crossOrigin: (path) => !path.startsWith('/watch/'),
}

/**
 * Floods are held off by address and embed token where a viewing is opened, by session where it goes on: a school behind one address is
 * no flood. Segments are not counted: most of them never reach us.
 */
function shielded(request: Request): string | null {
  const [, first, second = '', third = ''] = new URL(request.url).pathname.split('/')
  const address = request.headers.get('CF-Connecting-IP') ?? ''
  if (first === 'watch') return `${address} ${second}`
  if (first === 'api') return `${address} ${third}`
  return first === 'p' && third !== 'm' ? second.slice(-43) : null
}
