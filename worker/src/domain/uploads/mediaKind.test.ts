import { expect, test } from 'vitest'
import { demandMediaName, refuseDisguise } from './mediaKind.ts'

function faultOf(run: () => void): unknown {
  try {
    run()
    return null
  } catch (error) {
    return error
  }
}

test.each(['x.html', 'x.svg', 'x.m3u8', 'x.EXE', 'x.mp4.zip'])('U06: %s is no media file', (name) =>
  expect(faultOf(() => demandMediaName(name))).toMatchObject({ code: 'unsupported_media', details: { reason: 'unsupported_media_type', extra: { accepted: expect.arrayContaining(['mp4', 'mkv', 'hevc']) } } }),
)
test.each(['x.mp4', 'X.MOV', 'lesson 1.mkv', 'no-ending', 'v1.2 final cut'])('%s passes by name', (name) =>
  expect(() => demandMediaName(name)).not.toThrow(),
)

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
test.each([
  '<!DOCTYPE html><p>',
  '  <html>',
  'MZ\x90\x00',
  '\x7fELF',
  '#EXTM3U\n',
  '\xef\xbb\xbf#EXTM3U',
  'ffconcat version 1.0',
  '<?xml version="1.0"?><svg',
  'PK\x03\x04',
  '#!/bin/sh',
  '%PDF-1.7',
  '\n\n#EXTM3U',
  ' ffconcat version 1.0',
  '\t<svg',
])('U41: %j in disguise is refused', (head) => expect(faultOf(() => refuseDisguise(bytes(head)))).toMatchObject({ code: 'unprocessable', details: { reason: 'unsupported_media' } }))
test.each(['xxMZ', 'xx#EXTM3U', 'xxffconcat x', 'xx<html>', 'xx<?xml', 'xxPK\x03\x04', 'xx%PDF-', 'xx\xef\xbb\xbf#EXTM3U'])('U41: %j only holds what a disguise begins with', (head) => expect(faultOf(() => refuseDisguise(bytes(head)))).toBeNull())
test.each(['\x00\x00\x00\x18ftypmp42', '\x1aE\xdf\xa3', 'RIFF\x00\x00\x00\x00AVI ', '\x47\x40\x00', 'ID3\x03', 'anything else'])(
  '%j goes on to the probe',
  (head) => expect(() => refuseDisguise(bytes(head))).not.toThrow(),
)
