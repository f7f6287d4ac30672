/** Looks whether every object that the database refers to is there, on this machine or on a deployment. Changes nothing. */
import { z } from 'zod'

const Page = z.object({
  assets: z.number(),
  encodes: z.number(),
  objects: z.number(),
  losses: z.array(z.object({ video_ids: z.array(z.string()), encode_id: z.string().nullable(), key: z.string(), expected: z.number().nullable(), found: z.number().nullable() })),
  next: z.string().nullable(),
})
export type Losses = z.infer<typeof Page>['losses']

/** Asks a site page by page (`GET /agent/v1/check`). Throws when the site does not answer or refuses the operator's token. */
export async function fsck(url: string, operatorToken: string): Promise<Omit<z.infer<typeof Page>, 'next'>> {
  const sum = { assets: 0, encodes: 0, objects: 0, losses: [] as Losses }
  for (let after: string | null = ''; after !== null; ) {
    const answer: Response = await fetch(`${url}/agent/v1/check?after=${after}`, { headers: { Authorization: `Bearer ${operatorToken}` } })
    if (!answer.ok) throw new Error(`${url} does not let us look: ${answer.status} ${await answer.text()}`)
    const page = Page.parse(await answer.json())
    sum.assets += page.assets
    sum.encodes += page.encodes
    sum.objects += page.objects
    sum.losses.push(...page.losses)
    after = page.next
  }
  return sum
}

/** One line for each video that lost something, and what it lost first. */
export function describeLosses(losses: Losses): string[] {
  return losses.map(({ video_ids, key, expected, found }) => {
    const what = found === null ? 'is not there' : `has ${found} bytes${expected === null ? '' : ` instead of ${expected}`}`
    return `${video_ids.join(' ')}: ${key} ${what}`
  })
}
