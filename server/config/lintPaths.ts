import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { reasonOf } from './compose.ts';
import { isImageData } from './data.ts';
import { Findings } from './findings.ts';
import { pathWords } from './language.ts';
import type { KeyPath, Problem } from './problem.ts';
import type { Config } from './schema.ts';
import { closest } from './suggest.ts';
import type { Positions } from './tree.ts';

/** Checks that what a config points at is there and is not empty. Looks at names only, never into files. */
export function lintPaths(config: Config, positions: Positions): Problem[] {
  const findings = new Findings(positions);
  const { data } = config;
  if (isImageData(data)) {
    checkPath(['data', 'images'], data.images, 'either', findings);
    if (isFile(data.labels)) checkPath(['data', 'labels'], data.labels, 'file', findings);
    if (data.test !== undefined) {
      checkPath(['data', 'test', 'images'], data.test.images, 'either', findings);
      if (isFile(data.test.labels)) checkPath(['data', 'test', 'labels'], data.test.labels, 'file', findings);
    }
  } else {
    checkPath(['data', 'table'], data.table, 'file', findings);
    if (data.test !== undefined) checkPath(['data', 'test', 'table'], data.test.table, 'file', findings);
  }
  if (data.testList !== undefined) checkPath(['data', 'testList'], data.testList, 'file', findings);
  return findings.problems;
}

function isFile(labels: string | undefined): labels is string {
  return labels !== undefined && !pathWords.includes(labels);
}

function checkPath(keys: KeyPath, target: string, kind: 'file' | 'either', findings: Findings): void {
  const name = keys.join('.');
  const expected = kind === 'file' ? 'a file' : 'a file or a folder';
  const report = (message: string, found: string, fix: string, meant?: string): void =>
    findings.error(keys, {
      code: 'path',
      message: `${name} ${message}`,
      found,
      expected,
      fix,
      solve: meant === undefined ? [] : [{ set: keys, to: asWritten(meant, findings.fileOf(keys)) }],
    });
  if (/^[a-z][a-z+]+:\/\//i.test(target)) {
    report('is an address', target, 'download the data and name its folder or file');
    return;
  }
  try {
    const stat = statSync(target);
    if (kind === 'file' && stat.isDirectory()) {
      const table = tableInside(target);
      report('is a folder', target, table === undefined ? 'name a file' : `did you mean ${table}?`, table);
    } else if (stat.isDirectory() && readdirSync(target).every((entry) => entry.startsWith('.'))) {
      report('is an empty folder', `nothing in ${target}`, 'put the data there, or correct the path');
    } else if (stat.isFile() && stat.size === 0) {
      report('is an empty file', `0 bytes in ${target}`, 'correct the path or the file');
    }
  } catch (error) {
    const reason = reasonOf(error);
    const message = reason === 'does not exist' ? 'does not exist' : 'cannot be read';
    const { fix, meant } = suggestNear(target, reason);
    report(message, `${target} (${reason})`, fix, meant);
  }
}

/** A path as the config would write it: from the folder of the file that contains it. */
function asWritten(target: string, file: string): string {
  const relative = path.relative(path.dirname(file), target);
  return relative.split(path.sep).join('/') || '.';
}

/** The first table in a folder. */
function tableInside(folder: string): string | undefined {
  const isTable = (name: string): boolean =>
    /\.((csv|tsv|jsonl?)(\.gz)?|parquet)$/i.test(name) && statSync(path.join(folder, name)).size > 0;
  const table = listNames(folder).find(isTable);
  return table && path.join(folder, table);
}

/** What was probably meant by a path that is not there: its first wrong part is compared with its neighbours. */
function suggestNear(target: string, reason: string): { fix: string; meant?: string } {
  if (reason === 'no permission')
    return { fix: 'give yourself the right to read it (chmod +r, and +x on folders)' };
  let parent = target;
  let missing = '';
  do {
    missing = path.basename(parent);
    parent = path.dirname(parent);
  } while (listNames(parent).length === 0 && path.dirname(parent) !== parent);
  const near = closest(missing, listNames(parent));
  if (near === undefined)
    return { fix: `correct the path; ${parent} exists, but nothing in it is called ${missing}` };
  const meant = path.join(parent, near);
  return { fix: `did you mean ${meant}?`, meant };
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder).slice(0, 1000);
  } catch {
    return [];
  }
}
