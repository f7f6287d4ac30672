import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const files = execFileSync('git', ['ls-files', 'worker/src', 'worker/embedded', 'worker/player', 'shared/src', 'transcoder/src'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.m?ts$/.test(file) && !file.endsWith('.test.ts'))

const LITERAL = /(?<=^|[(,=:[!&|?{};>\n]|return|\s)\/(?![*/\s])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)(?=[\s),.;\]:]|$)/g

/** Every regular expression written in a file. */
function literalsOf(file: string): { file: string; regex: RegExp }[] {
  const code = readFileSync(file, 'utf8').replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
  return [...code.matchAll(LITERAL)].flatMap(([, source = '', flags = '']) => {
    try {
      return [{ file, regex: new RegExp(source, flags) }]
    } catch {
      return []
    }
  })
}

const LENGTH = 100_000
/** Long runs of what an expression is about, and an end it cannot match: what makes a backtracking one slow. */
function corpus({ source }: RegExp): string[] {
  const letters = [...new Set(source.replace(/\\[dws]/gi, 'a0 _').replace(/[\\^$()[\]{}|?*+.]/g, ''))].slice(0, 12)
  const units = [...new Set(['a', '0', ' ', 'a0', 'a.', ' a', ...letters, ...letters.map((letter) => `a${letter}`), letters.join('')])].filter((unit) => unit !== '')
  return units.flatMap((unit) => [unit.repeat(LENGTH / unit.length), `${unit.repeat(LENGTH / unit.length)}\u0001`])
}

test('A37: no regular expression of ours takes long over 100 kB made to slow it down', () => {
  const literals = files.flatMap(literalsOf)
  expect(literals.length).toBeGreaterThan(80)
  const slow: string[] = []
  for (const { file, regex } of literals) {
    for (const text of corpus(regex)) {
      const start = performance.now()
      regex.lastIndex = 0
      regex.test(text)
      const ms = performance.now() - start
      // A linear one takes a millisecond or two; a quadratic one many seconds. The rest is room for a busy machine.
      if (ms > 500) {
        slow.push(`${file}: ${regex} took ${Math.round(ms)} ms over ${JSON.stringify(text.slice(0, 6))}…`)
        break
      }
    }
  }
  expect(slow).toEqual([])
}, 300_000)
