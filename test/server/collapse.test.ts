import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { experiments } from '../../scripts/results/experiments.ts';
import { packageRoot } from '../../server/packageRoot.ts';
import type { Verdict } from '../../server/protocol/run.ts';
import { selfsup } from '../support/builtSelfsup.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** docs/results.md has these runs in full length; collapse is there long before, in 100 steps of a narrower encoder. */
const shorter = `data: { labels: none } # without labels the verdict speaks of collapse alone
encoder: { width: 16 }
train: { epochs: 20, warmupEpochs: 6 }
evaluate: { every: 20, preview: false }
downstream: []
`;

for (const { id, group, config, verdict } of experiments) {
  if (group !== 'collapse' && group !== 'collapseByMethod') continue;
  test(`${id} is named ${verdict}`, async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, 'run.selfsup.yaml');
    const same = `extends: ${JSON.stringify(path.join(packageRoot(), config))}\n`;
    writeFileSync(file, group === 'collapse' ? same + shorter : same);
    const { code, stderr, events } = await selfsup(['train', file, '--json'], { cwd: folder });
    assert.equal(code, 0, stderr);
    const found = events.at(-1)?.verdict as Verdict | undefined;
    assert.equal(found?.state, verdict, found?.summary);
    assert.equal(found?.cause !== undefined && found.fix !== undefined, verdict !== 'healthy');
  });
}
