import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';

/** Files `*.measure.ts` are no tests: `npm run performance` runs them and writes docs/performance.md. */

/** Keeps what was measured, with the load that the machine had meanwhile. */
export function measured(name: string, values: Readonly<Record<string, unknown>>): void {
  const folder = process.env.SELFSUP_MEASURED;
  if (folder === undefined) throw new Error('Run it with `npm run performance`.');
  mkdirSync(folder, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const load = Math.round(loadavg()[0]! * 10) / 10;
  writeFileSync(path.join(folder, `${name}.json`), JSON.stringify({ date, load, ...values }));
}

/** What stands for many timings: the middle one, the one that 95 % are below, and the worst. */
export function spread(numbers: readonly number[]): {
  readonly n: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
} {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    if (value === undefined) throw new Error('Nothing was measured.');
    return Math.round(value * 100) / 100;
  };
  return { n: sorted.length, median: at(0.5), p95: at(0.95), max: at(1) };
}
