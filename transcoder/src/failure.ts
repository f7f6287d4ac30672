import type { FailureClass } from '@avocet/shared/job'

/** Why a job could not be done, in the words of `POST jobs/{id}/fail`. */
export class JobFailure extends Error {
  readonly class: FailureClass
  readonly reason: string

  constructor(failureClass: FailureClass, reason: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.class = failureClass
    this.reason = reason
  }
}

/** The lease is gone or the work is no longer wanted: drop it silently. */
export class LeaseLost extends Error {
  /** lost: the server gave it to another or ended it. silent: it could not be renewed. cancelled: nobody wants the work any more. */
  readonly why: 'lost' | 'silent' | 'cancelled'

  constructor(message: string, why: LeaseLost['why'] = 'lost') {
    super(message)
    this.why = why
  }
}

/** The credential was refused: this host must be enrolled again. */
export class CredentialRefused extends Error {}

/** The object store refuses signatures of this time: it allows 15 minutes (SigV4). */
export const isTimeRefused = (error: unknown): boolean => error instanceof Error && error.name === 'RequestTimeTooSkewed'

/** Any error as a failure. What is not the input's fault can be tried again. */
export function asFailure(error: unknown): JobFailure {
  if (error instanceof JobFailure) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new JobFailure('retryable', 'disk_full', 'The transcoder host has no disk space left.', error)
  if (code === 'EROFS' || code === 'EIO') return new JobFailure('retryable', 'disk_unwritable', 'The transcoder host cannot write to its disk.', error)
  if (isTimeRefused(error))
    return new JobFailure('retryable', 'clock_skew', 'The clock of the transcoder host is wrong.', error)
  return new JobFailure('retryable', 'host_error', 'The transcoder host met a problem of its own.', error)
}
