import { DurableObject } from 'cloudflare:workers'
import { makeDeps } from '../deps.ts'
import type { Env } from '../env.ts'
import type { ImportId } from '../domain/imports/import.ts'
import { runImport } from '../domain/imports/runImport.ts'

/** One for each import: brings it forward run by run, one at a time. Losing it loses nothing: what arrived is in the ledger, and the Janitor wakes it again. */
export class Importer extends DurableObject<Env> {
  /** Makes sure that a run follows, soon. */
  async wake(id: ImportId): Promise<void> {
    await this.ctx.storage.put('id', id)
    await this.ctx.storage.setAlarm(Date.now())
  }

  override async alarm(): Promise<void> {
    const id = await this.ctx.storage.get<ImportId>('id')
    const again = id ? await runImport(makeDeps(this.env, this.ctx, null), id) : null
    if (again !== null) await this.ctx.storage.setAlarm(again)
    else await this.ctx.storage.deleteAll()
  }
}
