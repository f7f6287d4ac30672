import { Fault } from '@avocet/shared/fault'
import type { PartRange } from '../../domain/sources/receivePart.ts'

/** The dialect's word for what the domain refuses of a part. */
export function spellPartFault(error: unknown, range: PartRange | null): unknown {
  const reason = error instanceof Fault ? error.details.reason : undefined
  const isBytes = range?.style === 'bytes'
  const spelled: Record<string, string> = {
    source_style_differs: !range ? 'already-initiated' : error instanceof Fault && error.details.extra?.style === 'bytes' ? 'started-with-bytes' : 'started-with-part',
    source_total_differs: !range ? 'already-initiated' : isBytes ? 'by-bytes-different-total-bytes' : 'by-part-different-total-parts',
    source_part_beyond: !range ? 'already-initiated' : isBytes ? 'by-bytes-total-bytes-too-low' : 'by-part-total-parts-too-low',
    source_part_conflict: !range ? 'already-initiated' : isBytes ? 'by-bytes-range-overlap' : 'by-part-part-already-sent',
    source_part_overlap: 'by-bytes-range-overlap',
    source_part_length: 'by-bytes-range-mismatch',
    source_part_small: isBytes ? 'by-bytes-range-too-small' : 'by-part-uploaded-file-too-small',
  }
  const slug = reason?.startsWith('content_range_') ? reason.slice('content_range_'.length).replaceAll('_', '-') : spelled[reason ?? '']
  return slug === undefined ? error : refuse(slug, (error as Fault).message)
}

const refuse = (slug: string, message: string) => new Fault('bad_request', message, { reason: `video-content-range-${slug}` })
