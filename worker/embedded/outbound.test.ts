import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { outboundService } from './outbound.ts'

test('A40, W11: a name that leads to a private address is not reached, unless the operator allows it', async () => {
  let calls = 0
  const server = createServer((request, response) => {
    calls++
    request.on('data', () => {}).on('end', () => response.writeHead(201, { 'X-Told': request.headers['x-asked'] }).end('hello'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const address = `http://localhost:${(server.address() as AddressInfo).port}/`
    const ask = () => new Request(address, { method: 'POST', body: 'x', headers: { 'X-Asked': 'yes' } })
    const refused = await outboundService(false, Response)(ask())
    expect([refused.status, refused.headers.get('X-Avocet-Outbound'), calls]).toEqual([502, 'refused', 0])
    const answer = await outboundService(true, Response)(ask())
    expect([answer.status, answer.headers.get('X-Told'), await answer.text()]).toEqual([201, 'yes', 'hello'])
  } finally {
    server.close()
  }
})
