import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../../server/packageRoot.ts';
import { type BrokenData, brokenArrays, brokenFolders, brokenPaths } from '../support/brokenImages.ts';
import { brokenFormats, brokenPictures, brokenSounds, brokenTexts } from '../support/brokenSamples.ts';
import { brokenTables } from '../support/brokenTables.ts';
import { type Ran, selfsup } from '../support/commandLine.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

// What a user with broken data sees, through the command line. UPDATE_GOLDEN=1 accepts what is said now.
const goldenFolder = path.join(packageRoot(), 'test/fixtures/broken');
const cases = [
  ...brokenFolders,
  ...brokenArrays,
  ...brokenPaths,
  ...brokenTables,
  ...brokenFormats,
  ...brokenSounds,
  ...brokenTexts,
  ...brokenPictures,
];

describe('selfsup check of broken data', { concurrency: 2 }, () => {
  for (const broken of cases) {
    test(`${broken.name} gets its exact message`, async (t) => {
      const folder = temporaryFolder(t);
      await prepare(folder, broken);
      const before = listing(folder);
      compare(broken.name, folder, await check(folder, 'x.selfsup.yaml'));
      assert.deepEqual(listing(folder), before, 'nothing is written');
    });
  }
});

describe('selfsup check of broken configs', () => {
  const configs = path.join(packageRoot(), 'test/fixtures/configs');
  for (const name of readdirSync(configs).filter((file) => file.endsWith('.selfsup.yaml'))) {
    test(`${name} gets its exact messages`, async () => {
      const { code, err } = await check(configs, name, '--no-data');
      const golden = readFileSync(path.join(configs, name.replace('.selfsup.yaml', '.expected.txt')), 'utf8');
      const [said, verdict] = golden.trimEnd().split('\n\n');
      const problems = err.replace(/^\d+ errors?\n$/m, '').trimEnd();
      assert.equal(problems.replaceAll(configs, '<configs>'), said);
      assert.equal(code, verdict === 'errors' ? 2 : 0);
    });
  }
});

/** `selfsup check` with the product's own trainer. */
function check(folder: string, ...args: string[]): Promise<Ran> {
  return selfsup(folder, ['check', ...args], { trainer: {} });
}

/** Writes the data and the config that points at them. */
async function prepare(folder: string, { data, more = '', write }: BrokenData): Promise<void> {
  await write(folder);
  const parts = [
    `data: ${data}`,
    ...(/^encoder:/m.test(more) ? [] : ['encoder: { type: mlp }']),
    ...(/^pretext:/m.test(more) ? [] : ['pretext: { method: autoencoder }']),
    more,
  ];
  writeFileSync(path.join(folder, 'x.selfsup.yaml'), parts.join('\n'));
  writeFileSync(path.join(folder, 'package.json'), '{}'); // marks the workspace root
}

/** Every file and folder with its size. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => {
      const stat = statSync(path.join(folder, String(name)));
      return `${name} ${stat.isFile() ? stat.size : 'folder'}`;
    })
    .sort();
}

/** Compares what was said, and the exit code, with the golden file. */
function compare(name: string, folder: string, { code, out, err }: Ran): void {
  const text = `${normal(err, folder)}${normal(out, folder)}exit code ${code}\n`;
  assert.doesNotMatch(text, /^\s+at .*:\d+:\d+\)?$|node:internal/m, 'no stack trace');
  assert.ok(code === 0 || code === 2, text);
  const golden = path.join(goldenFolder, `${name}.txt`);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
  assert.ok(existsSync(golden), `${golden} is missing: run with UPDATE_GOLDEN=1 and read it`);
  assert.equal(text, readFileSync(golden, 'utf8'));
}

/** Without what differs from machine to machine. */
function normal(text: string, folder: string): string {
  return text.replaceAll(folder, '<folder>').replaceAll(/\b[0-9a-f]{12}\b/g, '<hash>');
}
