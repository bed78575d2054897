import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Measured, MeasuredRun } from './measured.ts';

/** Hash of a config file and of what it extends: another config is another measurement. */
export function configHash(file: string): string {
  const text = readFileSync(file, 'utf8');
  const base = /^extends:\s*(\S+)/m.exec(text)?.[1];
  const inherited = base === undefined ? '' : configHash(path.resolve(path.dirname(file), base));
  return createHash('sha256').update(`${text}\0${inherited}`).digest('hex').slice(0, 12);
}

/** Seeds of an example that have no run with this config yet. */
export function missingSeeds(
  measured: Measured | undefined,
  hash: string,
  seeds: readonly number[],
): number[] {
  const runs = measured?.runs ?? [];
  return seeds.filter((seed) => !runs.some((run) => run.seed === seed && run.config === hash));
}

/** The runs of an example with a new one among them, by seed; those of another config are dropped. */
export function withRun(measured: Measured | undefined, run: MeasuredRun): MeasuredRun[] {
  const others = (measured?.runs ?? []).filter(
    ({ seed, config }) => seed !== run.seed && config === run.config,
  );
  return [...others, run].sort((a, b) => a.seed - b.seed);
}

/** Writes a config that trains one seed of an example; returns its path from `root`. */
export function seedConfig(root: string, id: string, config: string, seed: number): string {
  const folder = path.join(root, '.selfsup', 'results');
  mkdirSync(folder, { recursive: true });
  const name = `${id.replaceAll('/', '-')}-seed${seed}`;
  const file = path.join(folder, `${name}.selfsup.yaml`);
  writeFileSync(
    file,
    `extends: ${path.relative(folder, path.join(root, config))}\nname: ${name}\nseed: ${seed}\n`,
  );
  return path.relative(root, file);
}
