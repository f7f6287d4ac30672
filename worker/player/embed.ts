/**
 * For pages that embed the player: `<script src="https://.../player/embed.js"></script>`, then `new Avocet.Player(iframe)`.
 * A classic script with nothing to import, and nothing but `Avocet` left behind. Speaks player.js messages, as other libraries for them do.
 */
;(() => {
  type Listener = (value: unknown) => void

  const CONTEXT = 'player.js'
  let asked = 0

  class Player {
    /** Resolves once the player answers; rejects with its words when it may not play. */
    readonly ready: Promise<void>
    private readonly frame: HTMLIFrameElement
    private readonly origin: string
    private readonly listeners = new Map<string, Set<Listener>>()
    private readonly answers = new Map<string, Listener>()

    constructor(frame: HTMLIFrameElement | string) {
      this.frame = typeof frame === 'string' ? (document.querySelector(frame) as HTMLIFrameElement) : frame
      this.origin = new URL(this.frame.src).origin
      this.ready = new Promise((resolve, reject) => {
        this.on('ready', () => resolve())
        this.on('error', reject)
      })
      this.ready.catch(() => {})
      window.addEventListener('message', (event) => this.hear(event))
      // Whoever was ready before us says it again when asked; a frame that still loads says it by itself.
      this.post('addEventListener', 'ready')
    }

    /** play, pause, ended, timeupdate, progress, seeked, volumechange, error */
    on(event: string, listener: Listener): void {
      const known = this.listeners.get(event)
      if (known) known.add(listener)
      else {
        this.listeners.set(event, new Set([listener]))
        if (event !== 'ready' && event !== 'error') void this.ready.then(() => this.post('addEventListener', event), () => {})
      }
    }
    off(event: string, listener: Listener): void {
      this.listeners.get(event)?.delete(listener)
    }
    play = () => this.send('play')
    pause = () => this.send('pause')
    mute = () => this.send('mute')
    unmute = () => this.send('unmute')
    seek = (seconds: number) => this.send('setCurrentTime', seconds)
    setVolume = (percent: number) => this.send('setVolume', percent)
    setLoop = (loop: boolean) => this.send('setLoop', loop)
    setPlaybackRate = (rate: number) => this.send('setPlaybackRate', rate)
    getPaused = () => this.ask('getPaused') as Promise<boolean>
    getMuted = () => this.ask('getMuted') as Promise<boolean>
    getVolume = () => this.ask('getVolume') as Promise<number>
    getDuration = () => this.ask('getDuration') as Promise<number>
    getCurrentTime = () => this.ask('getCurrentTime') as Promise<number>
    getLoop = () => this.ask('getLoop') as Promise<boolean>
    getPlaybackRate = () => this.ask('getPlaybackRate') as Promise<number>

    private async send(method: string, value?: unknown): Promise<void> {
      await this.ready
      this.post(method, value)
    }
    private async ask(method: string): Promise<unknown> {
      await this.ready
      const listener = `avocet-${++asked}`
      return new Promise((resolve) => {
        this.answers.set(listener, resolve)
        this.post(method, undefined, listener)
      })
    }
    private post(method: string, value?: unknown, listener?: string): void {
      const message = { context: CONTEXT, version: '0.0.11', method, value, listener }
      // While the frame still shows its first blank page there is nobody of that origin; the browser says so on its console, so anyone may hear this.
      this.frame.contentWindow?.postMessage(JSON.stringify(message), method === 'addEventListener' ? '*' : this.origin)
    }
    private hear({ source, origin, data }: MessageEvent): void {
      if (source !== this.frame.contentWindow || origin !== this.origin || typeof data !== 'string' || !data.includes(CONTEXT)) return
      const { event, value, listener } = JSON.parse(data)
      const answer = this.answers.get(listener)
      if (answer) {
        this.answers.delete(listener)
        answer(value)
      } else for (const heard of this.listeners.get(event) ?? []) heard(value)
    }
  }

  Object.assign(window, { Avocet: { Player } })
})()
