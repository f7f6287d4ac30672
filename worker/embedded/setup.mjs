#!/usr/bin/env node
// From a clean clone to a running command, on Node 20 or newer and with nothing installed: `node worker/embedded/setup.mjs <command>`.
//   start  install, build, then the embedded server and a transcoder
//   test   install, build, Chromium, then every test
//   check  install, then what is quick: types, lint, unit and architecture tests
//   build  install and build only
//   backup, restore, fsck  install, then worker/embedded/avocet.ts
// Plain JavaScript without imports of ours: nothing is there yet when it runs.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const [command = 'start', ...rest] = process.argv.slice(2)
const node24 = join(root, 'node_modules', 'node', 'bin', 'node')

const say = (text) => console.log(`avocet: ${text}`)
function stop(text) {
  console.error(`avocet: ${text}`)
  process.exit(1)
}

/** Runs a step; its output is shown only when it fails. */
function run(file, args, options = {}) {
  const result = spawnSync(file, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options })
  if (result.status === 0) return
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}\n`)
  stop(`"${[file, ...args].join(' ')}" failed${result.error ? `: ${result.error.message}` : ''}.`)
}

const missing = (tool) => spawnSync(tool, ['-version'], { stdio: 'ignore' }).error !== undefined

function installPackages() {
  const stamp = join(root, 'node_modules', '.avocet-install')
  const wanted = hashOf([
    'package.json',
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'shared/package.json',
    'worker/package.json',
    'transcoder/package.json',
  ])
  if (existsSync(stamp) && existsSync(node24) && readFileSync(stamp, 'utf8') === wanted) return
  say('installing packages (the first time takes a minute or two)')
  run('npx', ['-y', 'pnpm@10', 'install', '--frozen-lockfile'], { env: { ...process.env, CI: 'true' } })
  writeFileSync(stamp, wanted)
}

/** Installs a Debian package where we may, or says what to do. */
function needTool(tool, debianPackage) {
  if (!missing(tool)) return
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).error) {
    stop(`${tool} is missing. Install it (Debian, Ubuntu: sudo apt-get install ${debianPackage}) and start again.`)
  }
  say(`installing ${debianPackage}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update'], { env })
  run('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], { env })
}

function build() {
  const stamp = join(root, 'worker', 'dist', '.avocet-build')
  const wanted = hashOf([
    'wrangler.toml',
    'docs/openapi.json',
    'pnpm-lock.yaml',
    'worker/vite.config.ts',
    ...['worker/src', 'worker/player', 'worker/uploader', 'worker/dashboard', 'worker/reference', 'shared/src'].flatMap(filesOf),
  ])
  if (existsSync(stamp) && existsSync(join(root, 'worker', 'dist', 'index.js')) && readFileSync(stamp, 'utf8') === wanted) return
  say('building the player and the Worker')
  rmSync(stamp, { force: true })
  run(node24, ['node_modules/vite/bin/vite.js', 'build', '--config', 'vite.config.ts', '--logLevel', 'warn'], { cwd: join(root, 'worker') })
  run(node24, ['node_modules/wrangler/bin/wrangler.js', 'deploy', '--dry-run', '--outdir', 'worker/dist'], {
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' },
  })
  writeFileSync(stamp, wanted)
}

function filesOf(folder) {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort()
}

function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files) if (existsSync(join(root, file))) hash.update(`${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** What Node 24 and the tools of node_modules need to be found. */
const environment = {
  ...process.env,
  PATH: [join(root, 'node_modules', 'node', 'bin'), join(root, 'node_modules', '.bin'), process.env.PATH].join(':'),
}

/** Runs a step in our terminal; stops with its exit code when it fails. */
function show(title, args) {
  say(title)
  const { status } = spawnSync(node24, args, { cwd: root, stdio: 'inherit', env: environment })
  if (status !== 0) process.exit(status ?? 1)
}

/**
 * Hands over to Node 24 with our exit code. `apart`: in a process group of its own, so that a Ctrl-C reaches it once and its children
 * never, and with a channel whose end tells it that we are gone.
 */
function handOver(args, apart) {
  const options = apart ? { detached: true, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] } : { stdio: 'inherit' }
  const child = spawn(node24, args, { cwd: root, env: environment, ...options })
  let lastAt = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // The terminal signals the whole group, and npm signals us once more: one Ctrl-C is one.
      const isEcho = Date.now() - lastAt < 300 || (signal === 'SIGINT' && !apart)
      lastAt = Date.now()
      if (!isEcho) child.kill(signal)
    })
  }
  child.on('exit', (code) => process.exit(code ?? 1))
}

function check() {
  for (const project of ['shared', 'worker', 'worker/embedded', 'worker/player', 'worker/dashboard', 'transcoder', 'test', 'test/tsconfig.workerd.json']) {
    show(`types of ${project}`, ['node_modules/typescript/bin/tsc', '-p', project])
  }
  show('lint', ['node_modules/@biomejs/biome/bin/biome', 'lint', '--diagnostic-level=error', '.'])
  show('unit and architecture tests', ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit'])
}

if (Number(process.versions.node.split('.')[0]) < 20) stop(`Node 20 or newer is needed; this is ${process.version}.`)
try {
  execFileSync('npx', ['--version'], { stdio: 'ignore' })
} catch {
  stop('npm is needed: it comes with Node.')
}
const KEEPING = ['backup', 'restore', 'fsck']
const commands = ['start', 'test', 'check', 'build', ...KEEPING]
if (!commands.includes(command)) stop(`There is no command ${command}: ${commands.join(', ')}.`)
installPackages()
if (command === 'check') check()
else if (KEEPING.includes(command)) {
  if (command === 'fsck') build()
} else {
  needTool('ffmpeg', 'ffmpeg')
  needTool('ffprobe', 'ffmpeg')
  build()
}
if (command === 'start') handOver(['worker/embedded/start.ts', ...rest], true)
// A folder is the caller's, wherever that stands.
if (KEEPING.includes(command)) handOver(['worker/embedded/avocet.ts', command, ...(command === 'fsck' ? rest : rest.map((path) => resolve(path)))], false)
if (command === 'test') {
  needTool('chromium', 'chromium')
  needTool('bwrap', 'bubblewrap')
  // Wrong clocks and broken disks of the fault tests.
  needTool('faketime', 'faketime')
  needTool('strace', 'strace')
  handOver(['node_modules/vitest/vitest.mjs', 'run', ...rest], false)
}
