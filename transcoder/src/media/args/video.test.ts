import type { EncodePlan, PlannedChunk } from '@avocet/shared/encode'
import { planEncode } from '@avocet/shared/ladder'
import { expect, test } from 'vitest'
import { type ChunkWork, chunkArgs, filterGraph } from './video.ts'

const plan = (more: Partial<EncodePlan> = {}): EncodePlan => ({
  ...planEncode(
    {
      container: 'mp4',
      durationSeconds: 60,
      sizeBytes: 1,
      bitrateBps: null,
      indexed: true,
      audio: [],
      subtitles: [],
      chapters: [],
      video: {
        codec: 'h264',
        profile: 'High',
        codedWidth: 854,
        codedHeight: 480,
        width: 854,
        height: 480,
        rotation: 0,
        frameRate: { num: 30000, den: 1001 },
        variableFrameRate: false,
        interlaced: false,
        pixelFormat: 'yuv420p',
        bitDepth: 8,
        transfer: 'sdr',
        durationSeconds: 60,
      },
    },
    { encoders: { h264: 'libx264' } },
  ),
  ...more,
})
const work = (chunk: PlannedChunk, more: Partial<ChunkWork> = {}): ChunkWork => ({ plan: plan(), chunk, rungs: plan().video, encoder: 'libx264', ...more })
const middle = { index: 1, startFrame: 120, endFrame: 360 }
const afterInput = (args: string[]) => args.slice(args.indexOf('-i') + 1).join(' ')

test('a chunk of the software encoder', () => {
  expect(afterInput(chunkArgs(work(middle, { rungs: plan().video.slice(0, 2) }), 'http://source', { preRollSeconds: 2 }))).toBe(
    'http://source -filter_complex [0:V:0]fps=30000/1001,trim=start_pts=120:end_pts=360,setpts=PTS-STARTPTS,' +
      'scale=854:480:flags=bicubic,setsar=1,format=yuv420p,split=2[v0][c1];[c1]scale=640:360:flags=bicubic,setsar=1,format=yuv420p[v1] ' +
      '-map [v0] -c:v libx264 -preset veryfast -profile:v high -level:v 3.1 -crf 23 -maxrate 1500k -bufsize 3000k -g 60 -bf 3 -keyint_min 60 -sc_threshold 0 -flags +cgop ' +
      '-movflags +cmaf+frag_keyframe+negative_cts_offsets+delay_moov+default_base_moof+skip_trailer -use_editlist 0 -video_track_timescale 30000 ' +
      '-map_metadata -1 -map_chapters -1 -fflags +bitexact -f mp4 pipe:3 ' +
      '-map [v1] -c:v libx264 -preset veryfast -profile:v high -level:v 3.0 -crf 23 -maxrate 860k -bufsize 1720k -g 60 -bf 3 -keyint_min 60 -sc_threshold 0 -flags +cgop ' +
      '-movflags +cmaf+frag_keyframe+negative_cts_offsets+delay_moov+default_base_moof+skip_trailer -use_editlist 0 -video_track_timescale 30000 ' +
      '-map_metadata -1 -map_chapters -1 -fflags +bitexact -f mp4 pipe:4',
  )
})

test('a chunk of the NVENC encoder differs in its encoder alone', () => {
  const args = afterInput(
    chunkArgs(work(middle, { encoder: 'h264_nvenc', rungs: plan().video.slice(0, 1) }), 'http://source', { preRollSeconds: 2 }),
  )
  expect(args).toContain(
    '-map [v0] -c:v h264_nvenc -gpu 0 -preset p5 -tune hq -profile:v high -level:v 3.1 -rc vbr -cq 24 -b:v 0 -maxrate 1500k -bufsize 3000k -g 60 -bf 3 ' +
      '-b_ref_mode middle -rc-lookahead 20 -spatial-aq 1 -temporal-aq 1 -no-scenecut 1 -forced-idr 1 -movflags',
  )
})

test('decoding starts the pre-roll before the chunk, and at zero where that is earlier', () => {
  const seek = (startFrame: number, preRollSeconds: number | null) => {
    const args = chunkArgs(work({ index: 1, startFrame, endFrame: null }), 'http://source', { preRollSeconds })
    return args.includes('-ss') ? args[args.indexOf('-ss') + 1] : null
  }
  expect(seek(120, 2)).toBe('2.004000')
  expect(seek(120, 15)).toBeNull()
  expect(seek(1200, null)).toBeNull()
})

test('no untrusted input is opened without the guards', () => {
  const args = chunkArgs(work(middle), 'http://source', { preRollSeconds: 2 })
  const guards = args.slice(0, args.indexOf('-i'))
  for (const option of ['-protocol_whitelist', '-format_whitelist', '-max_streams', '-max_pixels']) expect(guards).toContain(option)
  expect(guards[guards.indexOf('-protocol_whitelist') + 1]).toBe('http,tcp')
})

test('source fixes stand in front of the grid, tone mapping behind the cut', () => {
  const source = { rotation: 0 as const, deinterlace: true, toneMap: 'pq' as const, remux: false }
  const graph = filterGraph(plan({ source }), middle, plan().video, { fromZero: true, holdLast: false })
  expect(graph).toMatch(
    /^\[0:V:0\]bwdif=mode=send_field:parity=auto:deint=interlaced,fps=30000\/1001:start_time=0,trim=start_pts=120:end_pts=360,setpts=PTS-STARTPTS,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc,zscale=/,
  )
})

test('the open last chunk runs to the end; an empty one holds the last frame', () => {
  const last = { index: 2, startFrame: 360, endFrame: null }
  expect(filterGraph(plan(), last, plan().video, { fromZero: false, holdLast: false })).toContain('trim=start_pts=360,setpts')
  expect(filterGraph(plan(), last, plan().video, { fromZero: true, holdLast: true })).toContain(
    'tpad=stop=-1:stop_mode=clone,trim=start_pts=360:end_pts=361',
  )
})
