/** The one Node module we use inside workerd (`nodejs_compat`); its full types would clash with those of Workers. */
declare module 'node:crypto' {
  export function randomBytes(size: number): Uint8Array
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean
  export function scrypt(
    password: string,
    salt: Uint8Array,
    keylen: number,
    options: { N: number; r: number; p: number; maxmem: number },
    callback: (error: Error | null, key: Uint8Array) => void,
  ): void
}
