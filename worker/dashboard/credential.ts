/** What the page uploads with: an upload token in the address behind `#`, which no server sees, else a session kept for this tab. */
export interface Credential {
  token: string
  /** Tells one holder's unfinished uploads from another's; opens nothing. */
  owner: string
  isSession: boolean
}

const KEY = 'avocet-session'

export function currentCredential(): Credential | null {
  const token = /^#(upt_[0-9a-f]{32})$/.exec(location.hash)?.[1]
  if (token) return { token, owner: token.slice(0, 12), isSession: false }
  const session = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as { token: string; owner: string } | null
  return session && { ...session, isSession: true }
}

/** Opens a session. Throws with a sentence for whoever signs in. */
export async function signIn(email: string, password: string): Promise<Credential> {
  const answer = await fetch('/api/auth/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password }) })
  const said = (await answer.json()) as { token: string; user: { account_id: string }; error?: string }
  if (!answer.ok) throw new Error(said.error ?? 'Signing in failed.')
  const session = { token: said.token, owner: said.user.account_id }
  sessionStorage.setItem(KEY, JSON.stringify(session))
  return { ...session, isSession: true }
}

export const signOut = () => sessionStorage.removeItem(KEY)
