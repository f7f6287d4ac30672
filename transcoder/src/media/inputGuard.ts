/** What ffmpeg may open and decode: that which video files of the world hold, and nothing of the long tail where its bugs are found. */

/** Containers; playlist-like formats are what makes ffmpeg read files and addresses of the attacker's choice. */
const FORMATS = 'mov,matroska,avi,mpegts,mpeg,flv,asf,mxf,ogg,wav,mp3,flac,aac,aiff,gif,h264,hevc,ivf,m4v'

const PICTURE =
  'h264 hevc av1 libdav1d libaom-av1 vp8 vp9 libvpx libvpx-vp9 mpeg1video mpeg2video mpegvideo mpeg4 msmpeg4v1 msmpeg4v2 msmpeg4 wmv1 wmv2 wmv3 vc1 h261 h263 h263i h263p flv vp6 vp6f vp6a ' +
  'theora vp3 vp5 vp7 rv10 rv20 rv30 rv40 svq1 svq3 cinepak indeo3 indeo4 indeo5 msvideo1 msrle rpza smc qtrle dvvideo mjpeg mjpegb prores dnxhd cfhd hap jpeg2000 libopenjpeg rawvideo v210 v410 huffyuv ffvhuff ffv1 utvideo magicyuv lagarith dirac cavs notchlc r210 r10k gif png bmp tiff webp'
const SOUND =
  'aac aac_latm ac3 eac3 dca truehd mlp mp1 mp1float mp2 mp2float mp3 mp3float opus libopus vorbis libvorbis flac alac wavpack tta ape wmav1 wmav2 wmapro wmalossless wmavoice cook sipr atrac3 atrac3plus mpc7 mpc8 als amrnb amrwb ' +
  'libopencore_amrnb libopencore_amrwb speex libspeex gsm gsm_ms nellymoser adpcm_ima_qt adpcm_ima_wav adpcm_ms adpcm_swf adpcm_yamaha g722 g726 dvaudio s302m ' +
  'pcm_alaw pcm_mulaw pcm_bluray pcm_dvd pcm_f32be pcm_f32le pcm_f64be pcm_f64le pcm_s16be pcm_s16be_planar pcm_s16le pcm_s16le_planar pcm_s24be pcm_s24le pcm_s24le_planar pcm_s32be pcm_s32le ' +
  'pcm_s32le_planar pcm_s8 pcm_s8_planar pcm_u16be pcm_u16le pcm_u24be pcm_u24le pcm_u32be pcm_u32le pcm_u8'
/** Pictures of text and captions beside: ffprobe opens a decoder for every stream of a file, also for those we leave. */
const TEXT = 'ass ssa srt subrip mov_text webvtt text pgssub dvdsub dvbsub xsub cc_dec libzvbi_teletextdec'
export const DECODERS: readonly string[] = [PICTURE, SOUND, TEXT].flatMap((names) => names.split(' '))

/** Largest single allocation: four bytes a sample of three planes of the largest picture we take. Ours alone may be told so, not a file. */
export const MEMORY_GUARD = ['-max_alloc', String(512 * 1024 * 1024)] as const

export const DECODER_GUARD = ['-codec_whitelist', DECODERS.join(',')] as const

/** Options in front of `-i` that make an untrusted input safe to open (reference: transcode.md section 8). Sources come from our own loopback server. */
export const INPUT_GUARD = [
  '-protocol_whitelist',
  'http,tcp',
  '-format_whitelist',
  FORMATS,
  ...DECODER_GUARD,
  '-max_streams',
  '64',
  '-probesize',
  '20M',
  '-analyzeduration',
  '10M',
] as const
/** Decoder guards; ffprobe and ffmpeg both know them. */
export const PIXEL_GUARD = ['-max_pixels', '40000000'] as const
