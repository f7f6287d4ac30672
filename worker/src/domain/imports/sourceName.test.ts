import { expect, test } from 'vitest'
import { sourceName } from './sourceName.ts'

test.each([
  ['https://a.dev/films/one%20two.mp4?sig=x', null, 'one two.mp4'],
  ['https://a.dev/download?id=7', 'attachment; filename="lesson.mov"', 'lesson.mov'],
  ['https://a.dev/x', `attachment; filename="plain.mp4"; filename*=UTF-8''%C3%A9tude.mp4`, 'étude.mp4'],
  ['https://a.dev/x.mp4', 'attachment; filename=../../etc/passwd', 'passwd'],
  ['https://a.dev/%E0%A4%A.mp4', null, '%E0%A4%A.mp4'],
  ['https://a.dev/', 'inline', ''],
])('the source at %s with %s is called %s', (url, disposition, name) => {
  expect(sourceName(url, disposition)).toBe(name)
})
