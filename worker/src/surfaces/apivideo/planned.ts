import { planned } from '../../http/route.ts'

/** What newer versions of this API have and we do not yet (contract: level N). */
export const plannedRoutes = [
  planned('GET', '/discarded/videos', 'List discarded videos: deleted ones are gone here'),
  planned('GET', '/discarded/videos/:videoId', 'Show a discarded video'),
  planned('PATCH', '/discarded/videos/:videoId', 'Restore a discarded video'),
  planned('POST', '/watermarks', 'Upload a watermark to burn in'),
  planned('GET', '/watermarks', 'List watermarks'),
  planned('DELETE', '/watermarks/:watermarkId', 'Delete a watermark'),
  planned('POST', '/summaries', 'Summarise a video'),
  planned('GET', '/summaries', 'List summaries'),
  planned('DELETE', '/summaries/:summaryId', 'Delete a summary'),
  planned('GET', '/summaries/:summaryId/source', 'Show a summary'),
  planned('PATCH', '/summaries/:summaryId/source', 'Change a summary'),
]
