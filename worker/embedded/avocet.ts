/** `npx avocet backup|restore|fsck`: keeping what an installation holds. See docs/operations/backup.md. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backup, restore } from './backup.ts'
import { describeLosses, fsck } from './fsck.ts'
import { serve } from './serve.ts'
import { isServed, readSecrets } from './state.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const stateDir = process.env.AVOCET_STATE_DIR ?? '.avocet'

const USAGE = `usage:
  avocet backup FOLDER    copy this installation (AVOCET_STATE_DIR, .avocet) to a new folder; no server may run on it
  avocet restore FOLDER   put a backup into a state folder that is not there yet
  avocet fsck             look whether every stored object is there; a running server is asked, else one is started for it
  avocet fsck URL         the same of a deployment; its OPERATOR_TOKEN stands in the environment`

async function main([command, argument, ...more]: string[]): Promise<number> {
  if (more.length === 0) {
    if (command === 'backup' && argument) return copied('copied', await backup(stateDir, argument, new Date()), argument)
    if (command === 'restore' && argument) return copied('put back', await restore(argument, stateDir), stateDir)
    if (command === 'fsck') return argument ? look(argument.replace(/\/$/, ''), process.env.OPERATOR_TOKEN ?? '') : lookHere()
  }
  console.error(USAGE)
  return 2
}

function copied(how: string, { files }: { files: Record<string, { bytes: number }> }, where: string): number {
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0)
  console.log(`avocet: ${Object.keys(files).length} files, ${bytes} bytes, ${how}: ${where}`)
  return 0
}

/** A server that runs answers for itself: its database must not be opened beside it. */
async function lookHere(): Promise<number> {
  if (isServed(stateDir)) {
    const { url } = JSON.parse(readFileSync(join(stateDir, 'first-run.json'), 'utf8')) as { url: string }
    return look(url, readSecrets(join(stateDir, 'secrets.json')).OPERATOR_TOKEN)
  }
  const site = await serve({ root, stateDir, host: '127.0.0.1', port: 0 })
  try {
    return await look(site.url, site.state.secrets.OPERATOR_TOKEN)
  } finally {
    await site.stop()
  }
}

async function look(url: string, operatorToken: string): Promise<number> {
  const { assets, encodes, objects, losses } = await fsck(url, operatorToken)
  console.log(`avocet: ${assets} assets, ${encodes} encodes that play, ${objects} objects looked at`)
  for (const line of describeLosses(losses)) console.error(`avocet: ${line}`)
  console.log(losses.length === 0 ? 'avocet: everything is there' : `avocet: ${losses.length} objects are lost or damaged`)
  return losses.length === 0 ? 0 : 1
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(`avocet: ${error.message}`)
    process.exit(1)
  },
)
