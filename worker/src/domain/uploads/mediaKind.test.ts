import { expect, test } from 'vitest'
import { demandMediaName, refuseDisguise } from './mediaKind.ts'

test.each(['x.html', 'x.svg', 'x.m3u8', 'x.EXE', 'x.mp4.zip'])('U06: %s is no media file', (name) =>
  expect(() => demandMediaName(name)).toThrow(/not video/),
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
])('U41: %j in disguise is refused', (head) => expect(() => refuseDisguise(bytes(head))).toThrow(/not a video/))
test.each(['\x00\x00\x00\x18ftypmp42', '\x1aE\xdf\xa3', 'RIFF\x00\x00\x00\x00AVI ', '\x47\x40\x00', 'ID3\x03', 'anything else'])(
  '%j goes on to the probe',
  (head) => expect(() => refuseDisguise(bytes(head))).not.toThrow(),
)
