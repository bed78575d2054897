import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { checkConfig } from '../../../server/config/check.ts';
import { formatProblem } from '../../../server/config/problem.ts';
import { packageRoot } from '../../../server/packageRoot.ts';

const root = packageRoot();
// The data of examples/mnist comes from a development dependency, not from the repository.
assert.equal(spawnSync(process.execPath, [path.join(root, 'scripts/mnist-data.mjs')]).status, 0);
const files = readdirSync(path.join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.selfsup.yaml'))
  .map((name) => path.join(root, 'examples', name));
// The scenes of examples/detection are made on request (make-scenes.mjs): without them their paths lead nowhere.
const detection = path.join(root, 'examples/detection');
const results = new Map(
  files.map((file) => [
    file,
    checkConfig(file, {
      paths: !file.startsWith(detection) || existsSync(path.join(detection, 'scenes')),
    }),
  ]),
);
// A file that others extend need not be a whole config.
const bases = new Set([...results.values()].flatMap((result) => result.files.slice(1)));

test('there are examples', () => assert.ok(files.length > 0));

for (const [file, { problems, runs }] of results) {
  if (bases.has(file)) continue;
  test(`${path.relative(root, file)} is checked without a problem`, () => {
    assert.deepEqual(
      problems.map((problem) => formatProblem(problem, root)),
      [],
    );
    assert.ok(runs.length > 0);
  });
}
