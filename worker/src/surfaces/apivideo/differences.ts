/** Where this dialect is not what its contract describes, for docs/compat/apivideo.md. */
export const differences = [
  '`clip` and `watermark` of a new video answer 501; `language`, `transcript` and what goes with it are passed over.',
  'The `type` of a source is also `url` or `copy`. An import that failed shows as a failed quality of 240p, and its video takes a file.',
  'A part sent again with the same bytes is taken again: clients repeat a part whose answer got lost, and give up at a refusal.',
  'Live streams are kept and validated; nothing is broadcast yet, so `broadcasting` is false and their playlists are 404.',
  'Live hosts are paths here: `https://live.api.video/{id}.m3u8` is `/live/{id}.m3u8`.',
  'Webhooks go to public https addresses alone. `video.caption.generated` and `video.summary.generated` are refused.',
  'Captions of private videos are in their playlists; `…/captions/{language}.vtt` serves public ones.',
  'Requests are limited as on every surface: reads 300, changes 60 and analytics 60 a minute, unless the operator says otherwise. Uploads are not counted: theirs is 1000000. A refused credential and an address of nothing tell no limits.',
  'An account’s 403 is `authorization-suspended-account`; analytics are never switched off, so there is no `authorization-disabled-analytics`.',
  'There is one environment. Quotas are bytes, not minutes.',
  'Of viewers no city, vendor, model or search term is kept. Viewings are kept a month.',
  'Numbers of plays are kept by hour, all others by day (UTC): a timeframe is widened to whole ones, and says so. Impressions, concurrent and unique viewers, referrers and tags are not counted and answer 501, as do two of country, continent, device, system and browser at once.',
  'The player SDK’s limits of quality, advertisements and `download()` do nothing.',
]
