export interface Finding {
  what: string
  verdict: 'ok' | 'warn' | 'fail'
  /** What was seen and, where it is not well, what to do. */
  text: string
}
