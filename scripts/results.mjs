// `npm run results [-- digits/vicreg mnist ...] [--render]`: trains the shipped examples through the command line,
// keeps their numbers in docs/results.json and writes docs/results.md from it. Names are ids of
// scripts/results/experiments.ts or their beginnings; without one all are measured, about an hour on 2 cores.
// A run that exists already with the same settings is reused, as always.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { writeMnist } from './mnist-data.mjs';
import { root, run, setup } from './setup.mjs';

setup();
const { build } = await import('esbuild');
const { buildServer, nodeOptions } = await import('./build.mjs');
await build({
  ...nodeOptions,
  entryPoints: ['scripts/results/render.ts', 'scripts/results/experiments.ts'],
  outdir: 'dist/results',
});
const { experiments } = await import('../dist/results/experiments.js');
const { renderResults } = await import('../dist/results/render.js');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { render: { type: 'boolean', default: false } },
});
const chosen = experiments.filter(
  ({ id }) =>
    positionals.length === 0 || positionals.some((name) => id === name || id.startsWith(`${name}/`)),
);
if (chosen.length === 0) {
  console.error(`No such experiment. There are: ${experiments.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}

const jsonFile = path.join(root, 'docs/results.json');
const readResults = () => (existsSync(jsonFile) ? JSON.parse(readFileSync(jsonFile, 'utf8')) : {});

/** Writes both files; experiments that are no longer in the list are dropped. */
function write(results) {
  const known = experiments.filter(({ id }) => results[id]).map(({ id }) => [id, results[id]]);
  writeFileSync(jsonFile, JSON.stringify(Object.fromEntries(known)));
  run(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'format', '--write', 'docs/results.json'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(path.join(root, 'docs/results.md'), renderResults(Object.fromEntries(known)));
}

/** The `done` lines of `selfsup train --json`. */
async function train(config) {
  const child = spawn(process.execPath, ['bin/selfsup.mjs', 'train', config, '--json'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const done = [];
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text);
    if (line.event === 'stage') process.stdout.write(`  ${line.run}: ${line.title} ${line.state}\n`);
    if (line.event === 'done') done.push(line);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`selfsup train ${config} ended with ${code}.`);
  return done;
}

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** What docs/results.json keeps of a finished run. */
function measure({ folder, results, verdict }) {
  const record = readJson(path.join(folder, 'run.json'));
  const lines = readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ stage }) => stage === 'pretrain');
  const final = {};
  for (const { values } of lines)
    for (const [name, value] of Object.entries(values))
      if (!name.startsWith('time/') && name !== 'learningRate') final[name] = Number(value.toPrecision(6));
  return {
    seed: /^seed: (\d+)$/m.exec(readFileSync(path.join(folder, 'config.yaml'), 'utf8'))?.[1] ?? 0,
    pretrainSeconds: Math.round((lines.at(-1).time - lines[0].time) / 100) / 10,
    device: record.device.description,
    verdict: { state: verdict.state, summary: verdict.summary },
    final,
    results,
  };
}

if (!values.render) {
  await buildServer();
  if (chosen.some(({ group }) => group === 'mnist')) writeMnist();
  for (const { id, config } of chosen) {
    console.log(`${id} (${config})`);
    const runs = (await train(config)).map(measure).map((each) => ({ ...each, seed: Number(each.seed) }));
    write({
      ...readResults(),
      [id]: {
        date: new Date().toISOString().slice(0, 10),
        versions: {
          selfsup: readJson(path.join(root, 'package.json')).version,
          node: process.versions.node,
          onnxruntime: readJson(path.join(root, 'node_modules/onnxruntime-node/package.json')).version,
        },
        machine: `${process.arch} ${process.platform}, ${availableParallelism()} cores`,
        runs,
      },
    });
  }
}
write(readResults());
