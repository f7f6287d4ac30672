import { expect, test } from 'vitest'
import { ffmpegFailure } from './ffmpeg.ts'

test.each([
  ['[mov,mp4] moov atom not found\nsrc: Invalid data found when processing input', 'permanent', 'source_truncated'],
  ['src: Invalid data found when processing input', 'permanent', 'not_a_video'],
  ['[mpegts] corrupt\nError initializing output stream 0:0\nInvalid argument', 'retryable', 'encoder_failed'],
  ['[h264_nvenc] OpenEncodeSessionEx failed: out of memory (10)\nInvalid argument', 'retryable', 'gpu_unavailable'],
  ['av_interleaved_write_frame(): No space left on device', 'retryable', 'disk_full'],
  [
    'http://127.0.0.1/x: Server returned 5XX Server Error reply\nInvalid data found when processing input',
    'retryable',
    'source_unreadable',
  ],
  ['src: Cannot allocate memory\nInvalid data found when processing input', 'crash', 'out_of_memory'],
  ['ffmpeg: error while loading shared libraries: libx.so.1: failed to map segment from shared object', 'crash', 'out_of_memory'],
  ['[mov] Number of streams exceeds max_streams parameter (64)\nsrc: Cannot allocate memory', 'permanent', 'too_many_streams'],
  ['', 'retryable', 'encoder_failed'],
])('%j is %s: %s', (stderr, failureClass, reason) => {
  expect(ffmpegFailure(stderr)).toMatchObject({ class: failureClass, reason, message: expect.stringMatching(/^[A-Z].*\.$/) })
})
