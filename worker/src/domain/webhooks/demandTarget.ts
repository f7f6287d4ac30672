import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import { publicTarget } from './target.ts'

/** A customer's address, if requests may be sent there, by its spelling and by what its name resolves to now. Throws bad_request `url_not_allowed`. */
export async function demandTarget(deps: Deps, text: string): Promise<string> {
  const { publicUrl, mediaBaseUrl, outboundAnywhere: anywhere } = deps.config
  const ownHosts = [publicUrl, mediaBaseUrl].flatMap((own) => URL.parse(own)?.hostname ?? [])
  const url = publicTarget(text, { ownHosts, anywhere })
  if (!anywhere && !(await deps.outbound.resolvesPublicly(new URL(url).hostname)))
    throw new Fault('bad_request', 'This address cannot be used: its name does not lead to a public address.', {
      reason: 'url_not_allowed',
      errors: [{ path: 'url', message: 'Does not lead to a public address.' }],
    })
  return url
}
