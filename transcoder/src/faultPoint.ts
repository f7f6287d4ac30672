/** `AVOCET_FAULT_POINT=name:SIGKILL:2`: this process sends itself that signal when it comes by that place for the second time. For tests alone. */
const [place, signal, nth = '1'] = (process.env.AVOCET_FAULT_POINT ?? '').split(':')
let visits = 0

/** A place where tests let the host die or freeze. Does nothing unless it is the one named in the environment. */
export function faultPoint(here: string): void {
  if (here !== place || ++visits !== Number(nth)) return
  process.kill(process.pid, signal as NodeJS.Signals)
}
