/** Builds the player page's client, the upload page and the API reference page into worker/assets (served by the Worker's ASSETS binding). */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const packageOf = (name: string) => here(`node_modules/${name}`)
const HLS_VERSION: string = JSON.parse(readFileSync(here('node_modules/hls.js/package.json'), 'utf8')).version

/**
 * hls.js is built from its own sources, by its own switches, without what this player has other means for (subtitles come as <track>) or
 * no use of (DRM, CMCD, steering, interstitials). Its published builds are 185 kB gzipped, or 118 kB without alternate audio, which we need.
 */
const hlsFeatures = {
  __USE_ALT_AUDIO__: 'true',
  __USE_SUBTITLES__: 'false',
  __USE_EME_DRM__: 'false',
  __USE_CMCD__: 'false',
  __USE_CONTENT_STEERING__: 'false',
  __USE_VARIABLE_SUBSTITUTION__: 'false',
  __USE_M2TS_ADVANCED_CODECS__: 'false',
  __USE_MEDIA_CAPABILITIES__: 'false',
  __USE_INTERSTITIALS__: 'false',
  __USE_IFRAMES__: 'false',
  __HLS_WORKER_BUNDLE__: 'undefined',
  __IN_WORKER__: 'false',
  __VERSION__: JSON.stringify(HLS_VERSION),
}

/** Our segments are fragmented MP4: hls.js asks these demuxers last, and they answer that the bytes are not theirs. */
function withoutOtherContainers(): Plugin {
  return {
    name: 'without-other-containers',
    enforce: 'pre',
    load(id) {
      if (!/\/hls\.js\/src\/demux\/(?:tsdemuxer|audio\/(?:aac|mp3|ac3-)demuxer)\.ts$/.test(id)) return null
      return 'const none = { probe: () => false }\nexport default none\nexport { none as AC3Demuxer, none as appendFrame }'
    },
  }
}

/** What stands beside the bundles: the reference page with its viewer (nothing of it from another host), and how long caches may keep files. */
function staticFiles(): Plugin {
  return {
    name: 'static-files',
    buildStart() {
      for (const folder of ['player', 'reference', 'app']) rmSync(here(`assets/${folder}`), { recursive: true, force: true })
    },
    generateBundle() {
      const emit = (fileName: string, from: string) => this.emitFile({ type: 'asset', fileName, source: readFileSync(from) })
      for (const name of ['index.html', 'reference.js']) emit(`reference/${name}`, here(`reference/${name}`))
      for (const name of ['upload.html', 'upload.css']) emit(`app/${name}`, here(`dashboard/${name}`))
      emit('_headers', here('reference/_headers'))
      emit('reference/openapi.json', here('../docs/openapi.json'))
      const viewer = `${packageOf('@scalar/api-reference')}/dist/browser`
      emit('reference/scalar/standalone.esm.js', `${viewer}/standalone.esm.js`)
      for (const name of readdirSync(`${viewer}/chunks`))
        if (name.endsWith('.js')) emit(`reference/scalar/chunks/${name}`, `${viewer}/chunks/${name}`)
    },
  }
}

export default defineConfig({
  root: here('player'),
  base: '/',
  publicDir: false,
  define: hlsFeatures,
  resolve: {
    alias: {
      'hls.js': `${packageOf('hls.js')}/src/exports-default.ts`,
      // Its sources name these without carrying them, as its published builds do.
      '@svta/cml-id3': packageOf('@svta/cml-id3'),
      '@svta/cml-utils': packageOf('@svta/cml-utils'),
      '@svta/cml-cmcd': `${packageOf('hls.js')}/src/empty-es.js`,
      eventemitter3: packageOf('eventemitter3'),
      'url-toolkit': packageOf('url-toolkit'),
    },
  },
  plugins: [withoutOtherContainers(), staticFiles()],
  build: {
    outDir: here('assets'),
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: { player: here('player/player.ts'), embed: here('player/embed.ts'), upload: here('dashboard/upload.ts'), uploader: here('uploader/uploader.ts') },
      // The uploader is a module for others to import.
      preserveEntrySignatures: 'allow-extension',
      output: {
        entryFileNames: ({ name }) => `${name.startsWith('upload') ? 'app' : 'player'}/[name].js`,
        chunkFileNames: 'player/chunks/[name]-[hash].js',
        assetFileNames: 'player/player[extname]',
      },
    },
  },
})
