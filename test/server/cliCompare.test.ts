import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { RunRecord } from '../../server/protocol/run.ts';
import { RunWriter } from '../../server/runFolder/runFolder.ts';
import { RunStore } from '../../server/runs/store.ts';
import { selfsup, testCommandLine, workspace } from '../support/commandLine.ts';

await testCommandLine(() => {
  const hashes = { pretrain: 'p', evaluate: 'e', downstream: 'd', export: 'x' };
  const accuracy = (metric: 'knn' | 'linearProbe', value: number) =>
    ({
      metric,
      variant: 'pretrained',
      split: 'test',
      labelsPerClass: 'all',
      value,
      std: 0,
      draws: 1,
      protocol: '',
    }) as const;

  function makeRun(folder: string, name: string, train: string, changes: Partial<RunRecord>): void {
    const run = new RunStore(folder).create({
      name,
      configFile: path.join(folder, 'x.selfsup.yaml'),
      config: `name: ${name}\ndata: { images: ${folder}/pictures }\nencoder: { type: mlp }\npretext: { method: autoencoder }\ntrain: ${train}\n`,
      hashes,
      selfsup: '0.1.0',
    });
    const writer = RunWriter.open(run.folder);
    writer.update(changes);
    writer.end('finished');
  }

  describe('selfsup compare', () => {
    it('shows only the settings that differ, with what was changed live, and the results side by side', async (t) => {
      const folder = workspace(t);
      makeRun(folder, 'one', '{ learningRate: 0.01, epochs: 5 }', {
        results: [accuracy('knn', 0.9), accuracy('linearProbe', 0.8)],
        verdict: { state: 'healthy', summary: 'It is healthy.' },
      });
      makeRun(folder, 'two', '{ learningRate: 0.01, epochs: 7 }', {
        results: [accuracy('linearProbe', 0.85)],
        history: [
          {
            step: 3,
            epoch: 1,
            time: 0,
            text: 'train.learningRate: 0.01 -> 0.002',
            changes: { train: { learningRate: 0.002 } },
          },
        ],
      });
      const { code, out, err } = await selfsup(folder, ['compare', 'one', 'two']);
      assert.equal(code, 0, err);
      const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/));
      assert.deepEqual(
        lines.filter(([title]) => /^(train|evaluate|data|encoder|pretext)/.test(title!)),
        [
          ['train.epochs', '5', '7'],
          ['train.learningRate', '0.01', '0.002'],
        ],
      );
      const rest = lines.slice(lines.findIndex(([title]) => title === 'test accuracy (%)') + 1);
      assert.deepEqual(rest.slice(0, 3), [
        ['kNN, all labels', '90.0', 'n/a'],
        ['linear probe, all labels', '80.0', '85.0'],
        ['verdict', 'healthy', 'n/a'],
      ]);

      const json = JSON.parse((await selfsup(folder, ['compare', 'two', 'one', '--json'])).out);
      assert.deepEqual(
        json.runs.map(({ name }: { name: string }) => name),
        ['two', 'one'],
      );
      assert.deepEqual(json.settings.find(({ key }: { key: string }) => key === 'train.epochs').values, [
        '7',
        '5',
      ]);
      assert.deepEqual(
        json.results.find(({ measure }: { measure: string }) => measure.startsWith('kNN')).values,
        [null, 0.9],
      );
    });

    it('asks for a second run', async (t) => {
      const folder = workspace(t);
      makeRun(folder, 'one', '{ epochs: 5 }', {});
      for (const [args, found] of [
        [['one'], 'one run'],
        [['one', 'one'], 'the same run twice'],
      ] as const) {
        const { code, err } = await selfsup(folder, ['compare', ...args]);
        assert.equal(code, 2);
        assert.match(err, new RegExp(`Found ${found}; expected two or more to compare\\.`));
      }
    });
  });
});
