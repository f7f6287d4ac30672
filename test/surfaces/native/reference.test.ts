import { expect, test } from 'vitest'
import { call } from '../../support/site.ts'

test('the OpenAPI file is served to anyone and leads to a page that shows it', async () => {
  const answer = await call('/api/v1/openapi.json')
  expect([answer.status, answer.headers.get('Content-Type')?.split(';')[0]]).toEqual([200, 'application/json'])
  const { openapi, paths } = await answer.json<{ openapi: string; paths: object }>()
  expect(openapi).toBe('3.1.0')
  expect(Object.keys(paths)).toContain('/api/v1/videos/{id}')
  const page = await call('/api/v1/reference')
  expect([page.status, page.headers.get('Location')]).toEqual([302, '/reference/'])
  expect(await (await call('/reference/')).text()).toContain('/reference/')
})
