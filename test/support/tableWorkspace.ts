import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './temporaryFolder.ts';

/** What tests change in the config. */
export interface TableConfig {
  readonly name?: string;
  readonly epochs: number;
  readonly learningRate?: number;
  readonly hidden?: number;
  /** More sections, as YAML. */
  readonly more?: string;
}

/** A workspace with a table of two classes and a config that trains a small autoencoder on it in no time. */
export function tableWorkspace(t: TestContext, options: TableConfig) {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, '.git'));
  const rows = Array.from({ length: 80 }, (_, row) => {
    const cells = Array.from({ length: 4 }, (_, column) => Math.sin(row * (column + 1)).toFixed(4));
    return [...cells, row % 2 === 0 ? 'even' : 'odd'].join(',');
  });
  writeFileSync(path.join(folder, 'rows.csv'), `a,b,c,d,class\n${rows.join('\n')}\n`);
  const config = path.join(folder, 'table.selfsup.yaml');
  const write = (changes: TableConfig) => writeFileSync(config, tableConfig(changes));
  write(options);
  return { folder, config, write };
}

export function tableConfig({
  name,
  epochs,
  learningRate = 0.01,
  hidden = 8,
  more = '',
}: TableConfig): string {
  return `${name === undefined ? '' : `name: ${name}\n`}seed: 0
data: { table: rows.csv, label: class }
encoder: { type: mlp, hidden: [${hidden}, 4] }
pretext: { method: autoencoder }
train: { epochs: ${epochs}, batchSize: 32, learningRate: ${learningRate}, schedule: constant, device: cpu, threads: 1, checkpointEvery: 1 }
evaluate: { every: ${epochs}, preview: false, knn: { k: 3 }, linearProbe: false }
export: { onnx: false, safetensors: false }
${more}`;
}
