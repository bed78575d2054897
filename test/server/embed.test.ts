import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { selfsup } from '../support/builtSelfsup.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

// `selfsup embed` of a table, with the real trainer.

/** Numbers, a category, gaps and a class. */
const rows = Array.from({ length: 60 }, (_, i) => ({
  size: i % 9 === 4 ? '' : String((i * i) % 17),
  weight: String((i * 7) % 5),
  colour: ['red', 'green', '', 'blue'][i % 4]!,
  class: 'xy'[i % 2]!,
}));
type Row = (typeof rows)[number];
const csv = (columns: readonly (keyof Row)[], of: readonly Row[]): string =>
  [columns, ...of.map((row) => columns.map((name) => row[name]))]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');

const config = `name: rows
data: { table: rows.csv, label: class }
encoder: { type: mlp, hidden: [8, 4] }
pretext: { method: autoencoder }
train: { epochs: 2, batchSize: 16, device: cpu, threads: 1 }
evaluate: { preview: false }
export: { onnx: false, safetensors: false }
`;

/** Features by row number, and the label of each. */
function readEmbeddings(file: string): Map<string, { label: string; features: number[] }> {
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [name = '', label = '', , ...features] = line.split(',');
      return [name, { label, features: features.map(Number) }];
    }),
  );
}

test('other tables: columns by name, encoded like the training data; missing columns are named', async (t) => {
  const cwd = temporaryFolder(t);
  const put = (name: string, text: string) => writeFileSync(path.join(cwd, name), text);
  put('package.json', '{}');
  put('rows.csv', csv(['size', 'weight', 'colour', 'class'], rows));
  put('rows.selfsup.yaml', config);
  const trained = await selfsup(['train', 'rows.selfsup.yaml'], { cwd });
  assert.equal(trained.code, 0, trained.stderr);
  const embed = (...args: string[]) => selfsup(['embed', 'latest', '--format', 'csv', ...args], { cwd });
  assert.equal((await embed('-o', 'own')).code, 0);
  const own = readEmbeddings(path.join(cwd, 'own/embeddings.csv'));
  assert.equal(own.size, rows.length);

  // The last ten rows, backwards, their columns in another order.
  const some = rows.slice(50).reverse();
  put('some.csv', csv(['class', 'colour', 'weight', 'size'], some));
  const embedded = await embed('--input', 'some.csv', '-o', 'other');
  assert.deepEqual([embedded.code, embedded.stderr], [0, ''], embedded.stdout);
  assert.match(embedded.stdout, /^10 samples, 4 features each:\n {2}other\/embeddings\.csv\n$/m);
  const other = readEmbeddings(path.join(cwd, 'other/embeddings.csv'));
  assert.equal(other.size, 10);
  some.forEach((row, i) => {
    const [found, expected] = [other.get(`row ${i + 1}`)!, own.get(`row ${rows.length - i}`)!];
    assert.equal(found.label, row.class);
    found.features.forEach((value, k) => {
      assert.ok(Math.abs(value - expected.features[k]!) < 1e-5, `row ${i + 1}: ${value}`);
    });
  });

  put('less.csv', csv(['size', 'class'], rows));
  const refused = await embed('--input', 'less.csv');
  const file = path.join(cwd, 'less.csv');
  assert.deepEqual(
    [refused.code, refused.stderr],
    [
      2,
      `error: ${file}: found a table without "weight", "colour"; expected the columns that the encoder was trained on. Name them alike; its columns are size, class.\n`,
    ],
  );
  const absent = await embed('--input', 'nothing.csv');
  assert.deepEqual(
    [absent.code, absent.stderr],
    [2, "error: nothing.csv does not exist. Give data like the run's own.\n"],
  );
});
