/** Builds the player page's client and the API reference page into worker/assets (served by the Worker's ASSETS binding). */
import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * hls.js from its own sources, without what this player has other means for (subtitles come as <track>) or no use of (DRM, CMCD,
 * steering, interstitials): the published full build is half as large again, the light one lacks alternate audio.
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
  __HLS_UMD_BUNDLE__: 'false',
  __HLS_WORKER_BUNDLE__: 'undefined',
  __IN_WORKER__: 'false',
  __VERSION__: '"1.7.4"',
}

/** The reference page and the viewer it shows the OpenAPI file with, from our own origin. */
function referencePage(): Plugin {
  return {
    name: 'reference-page',
    closeBundle() {
      mkdirSync(here('assets/reference'), { recursive: true })
      cpSync(here('reference'), here('assets/reference'), { recursive: true })
      copyFileSync(here('node_modules/@scalar/api-reference/dist/browser/standalone.js'), here('assets/reference/scalar.js'))
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
      'hls.js': here('node_modules/hls.js/src/hls.ts'),
      // What its published bundle carries inside; its sources name them without depending on them.
      '@svta/cml-id3': here('node_modules/@svta/cml-id3'),
      '@svta/cml-utils': here('node_modules/@svta/cml-utils'),
      '@svta/cml-cmcd': here('node_modules/hls.js/src/empty-es.js'),
    },
  },
  plugins: [referencePage()],
  build: {
    outDir: here('assets'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    rollupOptions: {
      input: here('player/player.ts'),
      output: {
        entryFileNames: 'player/player.js',
        chunkFileNames: 'player/chunks/[name]-[hash].js',
        assetFileNames: 'player/player[extname]',
      },
    },
  },
})
