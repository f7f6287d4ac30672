/** Loaded into a daemon by `--import`: on SIGUSR2 it collects what is dead and writes the bytes of heap that live on to LIVE_HEAP_FILE. */
import { renameSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const file = process.env.LIVE_HEAP_FILE

process.on('SIGUSR2', () => {
  collect()
  writeFileSync(`${file}.new`, String(process.memoryUsage().heapUsed))
  renameSync(`${file}.new`, file)
})
