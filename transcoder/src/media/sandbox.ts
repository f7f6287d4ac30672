/**
 * Where bubblewrap works, ffmpeg runs without network, without a home, and sees nothing of the host but /usr and one scratch folder.
 * It needs no --new-session: ffmpeg.ts starts every command in a session of its own, without a terminal.
 */
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

/** How the sandboxed command reaches the source server: at the server's own port, over its Unix socket. */
export interface SourceDoor {
  port: number
  socketPath: string
}

export interface Wrapped {
  /** Pipes the command inherits from descriptor 3 on. */
  outputs: number
  /** The one folder it may write to. */
  scratchDir?: string
}

/** Puts a command into the sandbox. */
export type Sandbox = (command: readonly string[], wrapped: Wrapped) => string[]

const BRIDGE = fileURLToPath(new URL('./sandboxBridge.mjs', import.meta.url))
const [DOOR, NODE, SCRIPT] = ['/run/source.sock', '/run/node', '/run/bridge.mjs']

/** The sandbox, if this host can make one; null otherwise. Proved by running every given program in it. */
export async function openSandbox(programs: readonly string[], door: SourceDoor): Promise<Sandbox | null> {
  const sandbox = sandboxOf(programs, door)
  for (const program of programs) {
    const [file, ...args] = sandbox([program, '-version'], { outputs: 0 })
    const { exitCode } = await execa(file as string, args, { reject: false, stdio: 'ignore', timeout: 10_000 })
    if (exitCode !== 0) return null
  }
  return sandbox
}

function sandboxOf(programs: readonly string[], door: SourceDoor): Sandbox {
  const fixed = [
    'bwrap',
    ...[
      '--unshare-all',
      '--die-with-parent',
      '--cap-drop',
      'ALL',
      '--clearenv',
      '--setenv',
      'PATH',
      '/usr/local/bin:/usr/bin',
      '--setenv',
      'LC_ALL',
      'C',
    ],
    ...['--ro-bind', '/usr', '/usr', ...['/bin', '/lib', '/lib64'].flatMap(rootFolder)],
    ...['--ro-bind-try', '/etc/alternatives', '/etc/alternatives', '--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ...programs
      .filter((program) => isAbsolute(program) && !program.startsWith('/usr/'))
      .flatMap((program) => ['--ro-bind', dirname(program), dirname(program)]),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--setenv', 'HOME', '/tmp', '--setenv', 'CUDA_CACHE_PATH', '/tmp'],
    ...graphicsDevices().flatMap((path) => ['--dev-bind', path, path]),
    ...['--ro-bind', door.socketPath, DOOR, '--ro-bind', process.execPath, NODE, '--ro-bind', BRIDGE, SCRIPT],
  ]
  return (command, { outputs, scratchDir }) => [
    ...fixed,
    ...(scratchDir ? ['--bind', scratchDir, scratchDir] : []),
    ...['--', NODE, SCRIPT, DOOR, String(door.port), String(outputs)],
    ...command,
  ]
}

/** `/lib` and its like are links into /usr on most systems, folders on some. */
function rootFolder(path: string): string[] {
  if (!existsSync(path)) return []
  return lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
}

const graphicsDevices = (): string[] =>
  readdirSync('/dev')
    .filter((name) => name.startsWith('nvidia'))
    .map((name) => `/dev/${name}`)
