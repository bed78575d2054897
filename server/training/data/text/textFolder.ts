import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import type { SkippedSample } from '../dataset.ts';
import { DataError, reasonOf } from '../errors.ts';
import { hashOf } from '../fingerprint.ts';
import { isGzip } from '../storage.ts';
import { walk } from '../walk.ts';
import type { Labels, TextSource } from './textFile.ts';

const textFiles = /\.(txt|text|md)(\.gz)?$/i;
const splitNames = new Set(['train', 'test', 'val', 'valid', 'validation', 'eval']);

/** Of a file no more is read: no sample is longer. */
const headBytes = 64 * 1024;

/**
 * Opens a folder of text files, a text each; class subfolders become labels when every file lies in one and there are at
 * least two. Files that are empty, no UTF-8 or damaged are left out and named.
 */
export function openTextFolder(folder: string, key: readonly string[]): TextSource {
  const skipped: SkippedSample[] = [];
  const files: { name: string; size: number; modified: number }[] = [];
  for (const name of walk(folder, key)) {
    if (!textFiles.test(name)) continue;
    const full = path.join(folder, ...name.split('/'));
    try {
      if (readHeadText(full).trim() === '') throw new Error('empty');
      const { size, mtimeMs } = statSync(full);
      files.push({ name, size, modified: mtimeMs });
    } catch (error) {
      skipped.push({ name, reason: reasonOf(error) });
    }
  }
  if (files.length === 0) {
    const first = skipped[0];
    throw new DataError({
      key,
      where: folder,
      found:
        first === undefined ? 'no text files' : `no text that can be read (${first.name}: ${first.reason})`,
      expected: '.txt files in UTF-8, in class subfolders or not',
      fix:
        first === undefined
          ? 'Put texts there, or name one file of lines, a CSV, TSV or JSONL file.'
          : 'Correct the files.',
    });
  }
  const names = files.map(({ name }) => name);
  const labels = folderLabels(folder, names);
  return {
    count: names.length,
    format: 'files',
    ...(labels && { labels }),
    skipped,
    notes: [],
    fingerprint: hashOf(files),
    read: (index) => readHeadText(path.join(folder, ...names[index]!.split('/'))),
    name: (index) => names[index]!,
    origin: (index) =>
      /\.gz$/i.test(names[index]!) ? undefined : { file: path.resolve(folder, ...names[index]!.split('/')) },
    close() {},
  };
}

/** The beginning of a file as text. Throws with the reason where it is damaged or no UTF-8. */
function readHeadText(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    const bytes = head.subarray(0, readSync(handle, head, 0, headBytes, 0));
    const whole = bytes.length < headBytes;
    if (!isGzip(bytes)) return textOf(bytes, whole);
    const options = whole ? {} : { finishFlush: constants.Z_SYNC_FLUSH };
    return textOf(gunzipSync(bytes, options).subarray(0, headBytes), whole);
  } finally {
    closeSync(handle);
  }
}

/** A character that the cut divides is no mistake of the file. */
function textOf(bytes: Uint8Array, whole: boolean): string {
  if (bytes.includes(0)) throw new Error('a binary file');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, {
      stream: !whole || bytes.length === headBytes,
    });
  } catch {
    throw new Error('not UTF-8');
  }
}

function folderLabels(folder: string, names: readonly string[]): Labels | undefined {
  if (names.some((name) => !name.includes('/'))) return undefined;
  const classOf = (name: string): string => name.slice(0, name.indexOf('/'));
  const classes = [...new Set(names.map(classOf))];
  if (classes.length > 1 && classes.every((name) => splitNames.has(name.toLowerCase()))) {
    const at = (wanted: string, otherwise: number): string =>
      path.join(folder, classes.find((name) => name.toLowerCase() === wanted) ?? classes[otherwise]!);
    throw new DataError({
      key: ['data', 'text'],
      where: folder,
      found: `the subfolders ${classes.join(', ')}`,
      expected: 'class subfolders',
      fix: `Set data.text to ${at('train', 0)} and data.test.text to ${at('test', 1)}.`,
    });
  }
  if (classes.length < 2) return undefined;
  const codes = new Map(classes.map((name, code) => [name, code]));
  return { names: classes, codes: Int32Array.from(names, (name) => codes.get(classOf(name))!) };
}
