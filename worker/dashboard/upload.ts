/** The page people upload on: choose or drop files, see them go, pause, resume, and go on after a reload. */
import { type RunningUpload, startUpload, UploadError } from '../uploader/uploader.ts'
import { type Credential, currentCredential, signIn, signOut } from './credential.ts'
import { sizeText } from './format.ts'
import { type Row, uploadRow } from './row.ts'
import { forgetUnfinished, listUnfinished, rememberUnfinished, type Unfinished, unfinishedOf } from './unfinished.ts'

const get = <E extends HTMLElement>(id: string) => document.getElementById(id) as E
const [form, uploads, list, drop, files, said, leave] = [
  get<HTMLFormElement>('sign-in'),
  get('uploads'),
  get<HTMLUListElement>('list'),
  get('drop'),
  get<HTMLInputElement>('files'),
  get('said'),
  get<HTMLButtonElement>('sign-out'),
]
/** Rows of uploads this browser knows and has no file for yet. */
const waiting = new Map<string, Row>()
let credential: Credential | null = null
let running = 0

function show(): void {
  credential = currentCredential()
  form.hidden = credential !== null
  uploads.hidden = credential === null
  leave.hidden = !credential?.isSession
  list.replaceChildren()
  waiting.clear()
  if (credential) for (const one of listUnfinished(credential.owner)) showLeft(one)
  else form.querySelector('input')?.focus()
}

function showLeft(one: Unfinished): void {
  const row = uploadRow(one.name, one.size)
  row.say('left', 'Choose the file again to go on', null)
  row.actions([
    { label: 'Choose', run: () => files.click() },
    {
      label: 'Forget',
      run() {
        forgetUnfinished(one.uploadId)
        row.element.remove()
      },
    },
  ])
  waiting.set(one.uploadId, row)
  list.append(row.element)
}

function take(chosen: Iterable<File>): void {
  for (const file of chosen) {
    if (!credential) return
    const known = unfinishedOf(credential.owner, file)
    const row = (known && waiting.get(known.uploadId)) ?? uploadRow(file.name, file.size)
    if (known) waiting.delete(known.uploadId)
    else list.prepend(row.element)
    if (file.size === 0) {
      row.say('failed', 'The file is empty', null)
      row.actions([{ label: 'Remove', run: () => row.element.remove() }])
    } else begin(credential, file, row, known?.uploadId)
  }
}

function begin(by: Credential, file: File, row: Row, uploadId: string | undefined): void {
  let id = uploadId
  running++
  const upload: RunningUpload = startUpload({
    endpoint: `${location.origin}/api/v1`,
    token: by.token,
    file,
    filename: file.name,
    ...(uploadId ? { uploadId } : {}),
    onProgress: (progress) => row.progress(progress),
    onBegun(begun) {
      id = begun
      rememberUnfinished({ uploadId: begun, name: file.name, size: file.size, lastModified: file.lastModified, owner: by.owner })
    },
  })
  const cancel = {
    label: 'Cancel',
    run() {
      void upload.abort()
      if (id) forgetUnfinished(id)
      row.element.remove()
      say(`${file.name}: cancelled`)
    },
  }
  const going = () => row.actions([{ label: 'Pause', run: () => (upload.pause(), held()) }, cancel])
  const held = () => row.actions([{ label: 'Resume', run: () => (upload.resume(), going()) }, cancel])
  going()
  upload.done
    .then(
      (video) => {
        if (id) forgetUnfinished(id)
        row.say('done', 'Uploaded', 1)
        row.actions([{ label: 'Watch', href: `/watch/${video.embed_token}` }])
        say(`${file.name}: uploaded`)
      },
      (error: unknown) => failed(by, file, row, id, error),
    )
    .finally(() => running--)
}

/** Where the upload can still go on, it is offered; where it cannot, it begins anew. */
function failed(by: Credential, file: File, row: Row, id: string | undefined, error: unknown): void {
  const { code, status, message } = error instanceof UploadError ? error : new UploadError(0, 'unexpected', String(error))
  if (code === 'aborted') return
  const isGone = status === 404 || status === 410 || code === 'other_file' || code === 'chunk_conflict'
  if (isGone && id) forgetUnfinished(id)
  row.say('failed', message, null)
  // What is refused for what it is will be refused again.
  const isHopeless = [400, 413, 415, 422].includes(status)
  row.actions([
    ...(isHopeless ? [] : [{ label: isGone ? 'Start again' : 'Try again', run: () => begin(by, file, row, isGone ? undefined : id) }]),
    {
      label: 'Remove',
      run() {
        if (id) forgetUnfinished(id)
        row.element.remove()
      },
    },
  ])
  say(`${file.name}: ${message}`)
  if (status === 401 && by.isSession) {
    signOut()
    show()
  }
}

/** For screen readers; the rows say it to all others. */
function say(text: string): void {
  said.textContent = text
}

get('choose').addEventListener('click', () => files.click())
files.addEventListener('change', () => {
  take(files.files ?? [])
  files.value = ''
})
for (const type of ['dragenter', 'dragover'] as const)
  addEventListener(type, (event) => {
    event.preventDefault()
    drop.classList.toggle('over', credential !== null)
  })
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) drop.classList.remove('over')
})
addEventListener('drop', (event) => {
  event.preventDefault()
  drop.classList.remove('over')
  const dropped = [...(event.dataTransfer?.files ?? [])]
  take(dropped)
  if (dropped.length > 0 && credential) say(`${dropped.length} files, ${sizeText(dropped.reduce((sum, { size }) => sum + size, 0))}`)
})
addEventListener('beforeunload', (event) => {
  if (running > 0) event.preventDefault()
})
addEventListener('hashchange', show)
form.addEventListener('submit', (event) => {
  event.preventDefault()
  const [problem, fields] = [form.querySelector('.problem') as HTMLElement, new FormData(form)]
  problem.textContent = ''
  signIn(String(fields.get('email')), String(fields.get('password'))).then(show, (error: Error) => (problem.textContent = error.message))
})
leave.addEventListener('click', () => {
  signOut()
  show()
})
show()
