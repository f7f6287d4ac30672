import type { Actor } from '../../domain/actor.ts'
import type { Deps } from '../../domain/ports.ts'
import { accountActor } from '../../http/actor.ts'

/** API key or login session; every private native route belongs to an account. */
export const authenticate = (deps: Deps, request: Request): Promise<Actor> => accountActor(deps, request)
