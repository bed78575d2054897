import type { MetricLine } from '../protocol/run.ts';
import { readLines } from './lines.ts';

/**
 * The metrics of a run in the order of their steps. A resumed run repeats the steps since its checkpoint; what it
 * wrote before is left out, so the result reads as if the run had never stopped. Lines that are no JSON are skipped.
 */
export function readMetrics(file: string): MetricLine[] {
  return withoutRepeats(readLines(file).flatMap(parse));
}

function parse(text: string): MetricLine[] {
  try {
    const line = JSON.parse(text) as MetricLine;
    return typeof line.step === 'number' && typeof line.values === 'object' ? [line] : [];
  } catch {
    return [];
  }
}

/** Keeps the last value of each (stage, step, metric), and drops steps that lie after a step that came later. */
export function withoutRepeats(lines: readonly MetricLine[]): MetricLine[] {
  const kept: MetricLine[] = [];
  const horizon = new Map<string, number>(); // smallest step written later, per stage
  const seen = new Set<string>();
  for (const line of lines.toReversed()) {
    const next = horizon.get(line.stage) ?? Number.POSITIVE_INFINITY;
    if (line.step > next) continue;
    horizon.set(line.stage, line.step);
    const values: Record<string, number> = {};
    for (const [name, value] of Object.entries(line.values)) {
      const key = `${line.stage} ${line.step} ${name}`;
      if (!seen.has(key)) values[name] = value;
      seen.add(key);
    }
    if (Object.keys(values).length > 0) kept.push({ ...line, values });
  }
  return kept.reverse();
}
