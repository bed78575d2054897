import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { takeOver } from '../../../server/trainer/adopt.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const files = [
  'checkpoints/final.safetensors',
  'metrics.jsonl',
  'previews/step-00000001.png',
  'previews/rows.txt',
  'previews/sounds/0.wav',
  'embeddings/map-00000001.json',
  'embeddings/thumbnails.png',
  'embeddings/sounds/0.wav',
];

test('a pretraining is taken over with its pictures, maps and sounds, without what was exported', (t) => {
  const folder = temporaryFolder(t);
  const [from, to] = [path.join(folder, 'from'), path.join(folder, 'to')];
  for (const name of [...files, 'embeddings/train.npy']) {
    mkdirSync(path.dirname(path.join(from, name)), { recursive: true });
    writeFileSync(path.join(from, name), name);
  }
  mkdirSync(path.join(to, 'checkpoints'), { recursive: true });
  takeOver(from, to);
  rmSync(from, { recursive: true }); // the new run is whole without the old one
  const taken = readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.deepEqual(
    taken.map(({ parentPath, name }) => path.relative(to, path.join(parentPath, name))).sort(),
    [...files].sort(),
  );
});
