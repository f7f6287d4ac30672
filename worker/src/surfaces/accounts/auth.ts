import { missing } from '@avocet/shared/fault'
import { z } from 'zod'
import { bootstrapSite } from '../../domain/accounts/bootstrapSite.ts'
import { changePassword } from '../../domain/accounts/changePassword.ts'
import { currentUser } from '../../domain/accounts/currentUser.ts'
import { login } from '../../domain/accounts/login.ts'
import { SESSION_SECONDS, type Session } from '../../domain/accounts/session.ts'
import { setupAdmin } from '../../domain/accounts/setupAdmin.ts'
import type { User } from '../../domain/accounts/account.ts'
import { route } from '../../http/route.ts'

const UserBody = z.object({ id: z.string(), account_id: z.string(), email: z.string(), name: z.string(), role: z.enum(['owner', 'editor', 'viewer']), site_admin: z.boolean() }).meta({ id: 'User' })
const SessionBody = z.object({ token: z.string().describe('Send as Authorization: Bearer'), expires_in: z.number().int(), device_token: z.string().describe('Keep it on the device and send it with the next login: others’ wrong guesses then do not hold it up. It opens nothing.'), user: UserBody }).meta({ id: 'Session' })
const email = z.email().max(254)
const password = z.string().max(4096)
const about = { tag: 'Accounts', rate: 'none' } as const

export const authRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/bootstrap',
    summary: 'First boot: make the first account and a key to it, once',
    needs: 'operator',
    output: { status: 201, body: z.object({ account_id: z.string(), api_key: z.string() }) },
    async run({ deps }) {
      const { account, key } = await bootstrapSite(deps)
      return { account_id: account.id, api_key: key }
    },
  }),
  route({
    ...about,
    method: 'POST',
    path: '/setup',
    summary: 'Claim the site with its one-time setup code',
    needs: 'public',
    rate: 'credentials',
    input: { body: z.strictObject({ code: z.string().max(200), email, password, name: z.string().max(200).default('') }) },
    output: { status: 201, body: SessionBody },
    run: async ({ deps, body }) => encodeSession(await setupAdmin(deps, body)),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/login',
    summary: 'Open a session',
    needs: 'public',
    input: { body: z.strictObject({ email: z.string().max(254), password, device_token: z.string().max(2000).optional() }) },
    output: { status: 200, body: SessionBody },
    async run({ deps, body, clientIp }) {
      return encodeSession(await login(deps, { email: body.email, password: body.password, deviceToken: body.device_token ?? null, address: clientIp }))
    },
  }),
  route({
    ...about,
    method: 'GET',
    path: '/me',
    summary: 'The user of this session',
    needs: 'signedIn',
    output: { status: 200, body: UserBody },
    run: async ({ deps, actor }) => encodeUser((await currentUser(deps, actor)) ?? missing('user')),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/change-password',
    summary: 'Change the password; all older sessions end',
    needs: 'signedIn',
    input: { body: z.strictObject({ current_password: password, new_password: password }) },
    output: { status: 200, body: SessionBody },
    run: async ({ deps, actor, body }) => encodeSession(await changePassword(deps, actor, body.current_password, body.new_password)),
  }),
]

const encodeSession = ({ token, deviceToken, user }: Session) => ({ token, expires_in: SESSION_SECONDS, device_token: deviceToken, user: encodeUser(user) })
const encodeUser = (user: User) => ({ id: user.id, account_id: user.accountId, email: user.email, name: user.name, role: user.role, site_admin: user.siteAdmin })
