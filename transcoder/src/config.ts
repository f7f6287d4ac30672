import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'

const flag = z
  .enum(['0', '1'])
  .default('0')
  .transform((text) => text === '1')

const DEFAULT_STATE_DIR = '/var/lib/avocet-transcoder'

const Environment = z.object({
  /** Origin of the Worker. */
  AVOCET_URL: z.url().transform((text) => text.replace(/(?<!\/)\/+$/, '')),
  /** Needed on the first start only. */
  AVOCET_ENROLMENT_CODE: z.string().optional(),
  /** Folder of the credential (0600) and of scratch files. */
  AVOCET_AGENT_STATE: z.string().default(DEFAULT_STATE_DIR),
  AVOCET_AGENT_NAME: z.string().min(1).max(100).default(hostname()),
  AVOCET_STORAGE: z.enum(['s3', 'edge']).default('s3'),
  AVOCET_S3_ENDPOINT: z.url().optional(),
  AVOCET_S3_BUCKET: z.string().optional(),
  AVOCET_S3_ACCESS_KEY_ID: z.string().optional(),
  AVOCET_S3_SECRET_ACCESS_KEY: z.string().optional(),
  AVOCET_S3_REGION: z.string().default('auto'),
  AVOCET_FFMPEG: z.string().default('ffmpeg'),
  AVOCET_FFPROBE: z.string().default('ffprobe'),
  /** Chunks encoded side by side. One fills most machines; a large GPU host may take more. */
  AVOCET_PARALLEL_ENCODES: z.coerce.number().int().min(1).max(16).default(1),
  /** Prometheus metrics on this port of 127.0.0.1; none unless given. */
  AVOCET_METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  /** auto: bubblewrap where it works. off: never. */
  AVOCET_SANDBOX: z.enum(['auto', 'off']).default('auto'),
  /** 1: end when stdin closes, that is when the parent dies. */
  AVOCET_PARENT_PIPE: flag,
})

export interface S3Config {
  endpoint: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
  region: string
}

export interface Config {
  url: string
  enrolmentCode: string | undefined
  stateDir: string
  name: string
  storage: { driver: 's3'; s3: S3Config } | { driver: 'edge' }
  ffmpeg: string
  ffprobe: string
  parallelEncodes: number
  metricsPort: number | null
  sandbox: 'auto' | 'off'
  parentPipe: boolean
}

/** The state folder alone: what talks to a running daemon needs to know no more. */
export const stateDirOf = (environment: NodeJS.ProcessEnv): string => resolve(environment.AVOCET_AGENT_STATE ?? DEFAULT_STATE_DIR)

/** The checked configuration. Throws with every wrong variable named. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const result = Environment.safeParse(environment)
  if (!result.success)
    throw new Error(`Configuration: ${result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`)
  const env = result.data
  return {
    url: env.AVOCET_URL,
    enrolmentCode: env.AVOCET_ENROLMENT_CODE,
    stateDir: resolve(env.AVOCET_AGENT_STATE),
    name: env.AVOCET_AGENT_NAME,
    storage: env.AVOCET_STORAGE === 'edge' ? { driver: 'edge' } : { driver: 's3', s3: s3Of(env) },
    ffmpeg: env.AVOCET_FFMPEG,
    ffprobe: env.AVOCET_FFPROBE,
    parallelEncodes: env.AVOCET_PARALLEL_ENCODES,
    metricsPort: env.AVOCET_METRICS_PORT ?? null,
    sandbox: env.AVOCET_SANDBOX,
    parentPipe: env.AVOCET_PARENT_PIPE,
  }
}

function s3Of(env: z.infer<typeof Environment>): S3Config {
  const {
    AVOCET_S3_ENDPOINT: endpoint,
    AVOCET_S3_BUCKET: bucket,
    AVOCET_S3_ACCESS_KEY_ID: accessKeyId,
    AVOCET_S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = env
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey) {
    throw new Error(
      'Configuration: AVOCET_STORAGE=s3 needs AVOCET_S3_ENDPOINT, AVOCET_S3_BUCKET, AVOCET_S3_ACCESS_KEY_ID and AVOCET_S3_SECRET_ACCESS_KEY.',
    )
  }
  return { endpoint, bucket, accessKeyId, secretAccessKey, region: env.AVOCET_S3_REGION }
}
