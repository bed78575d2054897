import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { reasonOf } from './compose.ts';
import { type DataPath, dataPaths } from './data/paths.ts';
import { Findings } from './findings.ts';
import type { Problem } from './problem.ts';
import type { Config } from './schema.ts';
import { closest } from './suggest.ts';
import type { Positions } from './tree.ts';

/** Checks that what a config points at is there and is not empty. Looks at names only, never into files. */
export function lintPaths(config: Config, positions: Positions): Problem[] {
  const findings = new Findings(positions);
  for (const path of dataPaths(config.data)) checkPath(path, findings);
  return findings.problems;
}

function checkPath({ path: below, target, holds, files }: DataPath, findings: Findings): void {
  const keys = ['data', ...below];
  const name = keys.join('.');
  const expected = holds === 'file' ? 'a file' : 'a file or a folder';
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
    if (holds === 'file' && stat.isDirectory()) {
      const meant = fileInside(target, files);
      report('is a folder', target, meant === undefined ? 'name a file' : `did you mean ${meant}?`, meant);
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

/** The first file in a folder that could have been meant. */
function fileInside(folder: string, files: RegExp): string | undefined {
  const found = listNames(folder).find(
    (name) => files.test(name) && statSync(path.join(folder, name)).size > 0,
  );
  return found && path.join(folder, found);
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
