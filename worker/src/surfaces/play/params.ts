import { SIGNED_TOKEN_MAX_LENGTH } from '@avocet/shared/embed'
import { z } from 'zod'

/** 32 hex, or a token a customer signed. */
export const embedToken = z.string().max(SIGNED_TOKEN_MAX_LENGTH)
/** Holds the embed token it was opened with. */
export const playbackToken = z.string().max(3000)
