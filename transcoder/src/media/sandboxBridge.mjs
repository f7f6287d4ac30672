/**
 * Runs inside the sandbox, which has no network but its own loopback: carries connections to a port there over a Unix socket to the
 * source server outside, runs one command, and ends as it ended. Self-contained, because only this file is mounted; plain JavaScript,
 * because stripping types would cost each ffmpeg 60 ms more.
 *
 * `node sandboxBridge.mjs <socket> <port> <number of outputs> <command...>`
 */
import { spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { constants } from 'node:os'
import { pipeline } from 'node:stream'

const [socketPath, port, outputs, file, ...args] = process.argv.slice(2)

const server = createServer((inner) => {
  const outer = connect(socketPath)
  pipeline(inner, outer, inner, () => outer.destroy())
})
server.listen(Number(port), '127.0.0.1', () => {
  const pipes = Array.from({ length: Number(outputs) }, (_, at) => at + 3)
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', ...pipes] })
  child.on('error', () => process.exit(127))
  // As a shell tells it: 128 and the signal's number.
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)))
})
