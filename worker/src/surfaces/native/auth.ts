import type { Actor } from '../../domain/actor.ts'
import type { Deps } from '../../domain/ports.ts'
import { accountActor, siteAdmin } from '../../http/actor.ts'
import type { Needs } from '../../http/route.ts'

/** API key or login session: private native routes belong to an account, but for what only the site's operator and admins may, and what an upload token may as well. */
export const authenticate = async (deps: Deps, request: Request, needs: Needs, byUploadToken: boolean): Promise<Actor | null> =>
  needs === 'operator' ? siteAdmin(deps, request) : accountActor(deps, request, byUploadToken)
