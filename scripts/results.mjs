// `npm run results [-- images digits/vicreg ...] [--seeds 0,1] [--again] [--render]`: trains the shipped examples through
// the command line, keeps their numbers in docs/results.json and writes docs/results.md and the READMEs of the examples
// from it. Names are ids of scripts/results/examples.ts and experiments.ts or their beginnings; without one all are
// measured. Every run is kept as soon as it ends, and one that was measured with the same config is not measured again
// without --again: stopped in the middle, it goes on where it was.
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
  entryPoints: ['render', 'renderExamples', 'examples', 'experiments', 'resume'].map(
    (name) => `scripts/results/${name}.ts`,
  ),
  outdir: 'dist/results',
});
const { experiments } = await import('../dist/results/experiments.js');
const { configOf, exampleGroups, examples, seeds } = await import('../dist/results/examples.js');
const { renderResults } = await import('../dist/results/render.js');
const { configHash, missingSeeds, seedConfig, withRun } = await import('../dist/results/resume.js');
const { updateReadme } = await import('../dist/results/renderExamples.js');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    render: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    seeds: { type: 'string' },
  },
});
const isChosen = ({ id }) =>
  positionals.length === 0 || positionals.some((name) => id === name || id.startsWith(`${name}/`));
const all = [...examples, ...experiments];
const unknown = positionals.filter((name) => !all.some(({ id }) => id === name || id.startsWith(`${name}/`)));
if (unknown.length > 0) {
  console.error(`Nothing is called ${unknown.join(', ')}. There are: ${all.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}
const wantedSeeds = values.seeds?.split(',').map(Number) ?? seeds;
if (wantedSeeds.some((seed) => !Number.isInteger(seed) || seed < 0)) {
  console.error(`--seeds takes whole numbers with commas between them, not ${values.seeds}.`);
  process.exit(2);
}

const jsonFile = path.join(root, 'docs/results.json');
const readResults = () => (existsSync(jsonFile) ? JSON.parse(readFileSync(jsonFile, 'utf8')) : {});

/** Writes both files; experiments that are no longer in the list are dropped. */
function write(results) {
  const known = all.filter(({ id }) => results[id]).map(({ id }) => [id, results[id]]);
  writeFileSync(jsonFile, JSON.stringify(Object.fromEntries(known)));
  run(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'format', '--write', 'docs/results.json'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(path.join(root, 'docs/results.md'), renderResults(Object.fromEntries(known)));
  for (const group of exampleGroups) {
    const readme = path.join(root, 'examples', group.folder, 'README.md');
    writeFileSync(readme, updateReadme(readFileSync(readme, 'utf8'), group, Object.fromEntries(known)));
  }
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
    verdict: {
      state: verdict.state,
      summary: verdict.summary,
      ...(verdict.cause && { cause: verdict.cause }),
    },
    final,
    results,
  };
}

function store(id, runs) {
  const versions = {
    selfsup: readJson(path.join(root, 'package.json')).version,
    node: process.versions.node,
    onnxruntime: readJson(path.join(root, 'node_modules/onnxruntime-node/package.json')).version,
  };
  const cores = availableParallelism();
  const machine = `${process.arch} ${process.platform}, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  const date = new Date().toISOString().slice(0, 10);
  write({ ...readResults(), [id]: { date, versions, machine, runs } });
}

async function measureExample(example) {
  const { id } = example;
  const config = configOf(example);
  const hash = configHash(path.join(root, config));
  const missing = values.again ? wantedSeeds : missingSeeds(readResults()[id], hash, wantedSeeds);
  if (missing.length === 0) console.log(`${id}: measured already with this config`);
  for (const seed of missing) {
    console.log(`${id}, seed ${seed} (${config})`);
    const [done] = await train(seedConfig(root, id, config, seed));
    store(id, withRun(readResults()[id], { ...measure(done), seed, config: hash }));
  }
}

async function measureExperiment({ id, config }) {
  if (!values.again && positionals.length === 0 && readResults()[id] !== undefined) {
    console.log(`${id}: measured already`);
    return;
  }
  console.log(`${id} (${config})`);
  store(
    id,
    (await train(config)).map(measure).map((each) => ({ ...each, seed: Number(each.seed) })),
  );
}

if (!values.render) {
  await buildServer();
  if (experiments.some((each) => isChosen(each) && each.group === 'mnist')) writeMnist();
  for (const { prepare, examples } of exampleGroups) {
    const chosen = examples.filter(isChosen);
    if (prepare !== undefined && chosen.length > 0 && run(process.execPath, [prepare]) !== 0) process.exit(1);
    for (const example of chosen) await measureExample(example);
  }
  for (const experiment of experiments.filter(isChosen)) await measureExperiment(experiment);
}
write(readResults());
