import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz.ts';

// FUZZ_EDITS=10000 types more: `node scripts/fuzz-language.mjs`.
const edits = Number(process.env.FUZZ_EDITS ?? 1000);
const seed = Number(process.env.FUZZ_SEED ?? 1);

test(`${edits} random edits: no crash, nothing stale, diagnostics are those of selfsup check`, async (context) => {
  const { requests, compared, valid, completions } = await fuzz(edits, seed);
  const sorted = completions.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  context.diagnostic(`${requests} requests; ${compared} texts compared, ${valid} of them valid configs`);
  context.diagnostic(
    `${sorted.length} completions: median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(0.9999)} ms`,
  );
  assert.ok(compared > edits / 12 && valid > 0, `compared ${compared}, valid ${valid}`);
});
