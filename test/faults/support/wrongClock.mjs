/** Preloaded into a host: its wall clock is wrong by `AVOCET_CLOCK_OFF_MS`, from `AVOCET_CLOCK_STEPS_AFTER_MS` on. Its monotonic clock is not touched, as on a real host. */
const [off, after] = [Number(process.env.AVOCET_CLOCK_OFF_MS), Number(process.env.AVOCET_CLOCK_STEPS_AFTER_MS ?? 0)]
const TrueDate = Date
const now = () => TrueDate.now() + (performance.now() >= after ? off : 0)

globalThis.Date = class extends TrueDate {
  constructor(...parts) {
    if (parts.length === 0) super(now())
    else super(...parts)
  }
  static now = now
}
