import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { PasswordHasher } from '../domain/platform.ts'

/** N=2^15, r=8, p=1: about 90 ms of one core; within OWASP's scrypt advice. */
const COST = { ln: 15, r: 8, p: 1 }
/** Verified against when the user is unknown, so that answer takes as long. */
const DUMMY = '$scrypt$ln=15,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

/** scrypt from the runtime's own `node:crypto`, kept as PHC strings so that costs can rise later. */
export const passwordHasher: PasswordHasher = {
  async hash(password) {
    const salt = randomBytes(16)
    const key = await derive(password, salt, COST)
    return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${base64(salt)}$${base64(key)}`
  },
  async verify(password, phc) {
    const match = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc ?? DUMMY)
    if (!match) return false
    const [, ln, r, p, salt, expected] = match
    const key = await derive(password, bytesOf(salt!), { ln: Number(ln), r: Number(r), p: Number(p) })
    const wanted = bytesOf(expected!)
    return key.length === wanted.length && timingSafeEqual(key, wanted) && phc !== null
  },
}

function derive(password: string, salt: Uint8Array, cost: typeof COST): Promise<Uint8Array> {
  const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: 64 * 1024 * 1024 }
  return new Promise((resolve, reject) => scrypt(password, salt, 32, options, (error, key) => (error ? reject(error) : resolve(key))))
}

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replace(/(?<!=)=+$/, '')
const bytesOf = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
