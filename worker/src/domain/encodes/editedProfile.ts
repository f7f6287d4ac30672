import type { EncodeProfile } from '@avocet/shared/encode'

export type ProfileEdits = { [Name in keyof EncodeProfile]?: EncodeProfile[Name] | undefined }

/** A profile with what is given in place of what it said. */
export const editedProfile = (profile: EncodeProfile, { codecs = profile.codecs, encryption = profile.encryption }: ProfileEdits): EncodeProfile => ({
  codecs,
  ...(encryption ? { encryption } : {}),
})
