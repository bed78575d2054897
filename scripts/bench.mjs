// `npm run bench [-- model ...] [--threads n] [--rounds n] [--device cpu]`: training steps of Selfsup and PyTorch side by side.
// The two take turns, round by round, so that a machine whose speed drifts slows both; medians and ratios are printed.
// Needs a Python with torch for the comparison: python3 on the path, or SELFSUP_PYTHON. Without one only Selfsup is timed.
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { root, setup } from './setup.mjs';

setup();
const { build } = await import('esbuild');
const { nodeOptions } = await import('./build.mjs');
await build({ ...nodeOptions, entryPoints: ['bench/steps.ts', 'bench/models.ts'], outdir: 'dist/bench' });
const { models } = await import('../dist/bench/models.js');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '7' },
    device: { type: 'string', default: 'cpu' },
  },
});
const python = [process.env.SELFSUP_PYTHON, 'python3']
  .filter(Boolean)
  .find((command) => spawnSync(command, ['-c', 'import torch']).status === 0);
if (!python)
  console.log('No Python with torch was found (python3 or $SELFSUP_PYTHON): only Selfsup is timed.\n');

/** A process that runs N steps for each line N and answers with one JSON line. */
function competitor(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${args.join(' ')} ended early.`);
    return JSON.parse(value);
  };
  return {
    answer,
    run: (steps) => {
      child.stdin.write(`${steps}\n`);
      return answer();
    },
    end: () => child.kill(),
  };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const rows = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(models)) {
  const { title, steps } = models[name];
  const ours = competitor(process.execPath, ['dist/bench/steps.js', name, values.threads, values.device]);
  const theirs = python && competitor(python, ['bench/peers/pytorch_steps.py', name, values.threads]);
  const ready = [await ours.answer(), theirs && (await theirs.answer())];
  if (theirs && ready[0].parameters !== ready[1].parameters)
    throw new Error(
      `${name}: ${ready[0].parameters} parameters here, ${ready[1].parameters} there: not the same model.`,
    );
  const ms = { ours: [], theirs: [], prepare: [] };
  for (let round = -1; round < Number(values.rounds); round++) {
    const a = await ours.run(steps);
    const b = theirs && (await theirs.run(steps));
    if (round < 0) continue; // warm-up
    ms.ours.push((a.seconds / steps) * 1000);
    ms.prepare.push((a.prepare / steps) * 1000);
    if (b) ms.theirs.push((b.seconds / steps) * 1000);
  }
  ours.end();
  theirs?.end();
  const ratio = theirs && median(ms.theirs.map((value, i) => value / ms.ours[i]));
  rows.push({
    model: title,
    'Selfsup ms/step': median(ms.ours).toFixed(3),
    'of it prepare': median(ms.prepare).toFixed(3),
    'PyTorch ms/step': theirs ? median(ms.theirs).toFixed(3) : '-',
    'throughput ratio': ratio ? ratio.toFixed(2) : '-',
  });
  console.log(
    `${name}: ${ready
      .filter(Boolean)
      .map((r) => r.peer)
      .join(' | ')}, ${values.threads} threads, ${values.rounds} rounds of ${steps} steps`,
  );
}
console.table(rows);
console.log(
  'Throughput ratio = PyTorch time / Selfsup time, median over paired rounds: above 1, Selfsup is faster.',
);
