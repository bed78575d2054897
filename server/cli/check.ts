import path from 'node:path';
import { checkConfig } from '../config/check.ts';
import { planRun } from '../config/plan.ts';
import { hasErrors, type Problem } from '../config/problem.ts';
import type { ConfiguredRun } from '../config/read.ts';
import type { DataFacts } from '../protocol/trainer.ts';
import { openConfig } from '../runs/openConfig.ts';
import { RunStore } from '../runs/store.ts';
import { count, plural } from './format.ts';
import { exitCodes, type Io } from './io.ts';
import { printProblems } from './printProblems.ts';
import { type Style, styleFor } from './style.ts';
import { withTrainer } from './withTrainer.ts';

interface Options {
  readonly json?: boolean;
  /** `--no-data`: the data stay closed. */
  readonly data: boolean;
}

/** Skipped samples that are printed with their names. */
const mostNamed = 10;

interface CheckedRun {
  readonly configured: ConfiguredRun;
  readonly facts?: DataFacts;
}

/** `selfsup check`: every problem of a config at once, or what it would do. */
export async function check(file: string, { json = false, data }: Options, io: Io): Promise<number> {
  const configFile = path.resolve(io.cwd, file);
  const { runs, problems } = await open(configFile, data, io);
  const valid = !hasErrors(problems);
  if (json) {
    const described = runs.map(({ configured: { name, overrides, config }, facts }) => {
      return { name, overrides, config, data: facts, hashes: planRun(config, facts?.fingerprint).hashes };
    });
    io.out(`${JSON.stringify({ valid, problems, runs: described }, null, 2)}\n`);
    return valid ? exitCodes.done : exitCodes.usage;
  }
  const style = styleFor(io);
  printProblems(problems, io, style);
  if (!valid) return exitCodes.usage;
  const store = RunStore.forConfig(configFile);
  io.out(runs.map((run) => describe(run, store, style)).join('\n'));
  return exitCodes.done;
}

/** Without errors in the file itself there is no need to start a trainer. */
async function open(
  file: string,
  data: boolean,
  io: Io,
): Promise<{ runs: readonly CheckedRun[]; problems: readonly Problem[] }> {
  const { runs, problems } = checkConfig(file);
  if (hasErrors(problems)) return { runs: [], problems };
  if (!data) return { runs: runs.map((configured) => ({ configured })), problems };
  return withTrainer(io, (trainer) => openConfig(file, trainer));
}

function describe(
  { configured: { name, config }, facts }: CheckedRun,
  store: RunStore,
  style: Style,
): string {
  const { encoder, pretext, train } = config;
  const lines: [string, string][] = [];
  if (facts !== undefined) {
    lines.push(['data', `${facts.summary}; ${count(facts.train)} to train, ${count(facts.test)} to test`]);
    if (facts.skipped.length > 0) lines.push(['skipped', plural(facts.skipped.length, 'unreadable sample')]);
    for (const { name, reason } of facts.skipped.slice(0, mostNamed)) lines.push(['', `${name}: ${reason}`]);
    const more = facts.skipped.length - mostNamed;
    if (more > 0) lines.push(['', `and ${count(more)} more; check --json names them all`]);
    for (const note of facts.notes ?? []) lines.push(['note', note]);
  }
  lines.push(['encoder', encoder.type], ['pretext', pretext.method]);
  const steps = facts === undefined ? undefined : Math.max(1, Math.floor(facts.train / train.batchSize));
  lines.push([
    'train',
    `${plural(train.epochs, 'epoch')} of ${steps === undefined ? '' : `${plural(steps, 'step')}, `}batch ${train.batchSize}, ${train.optimizer}, device ${train.device}`,
  ]);
  for (const { kind, hash } of planRun(config, facts?.fingerprint).stages) {
    const done = facts === undefined ? undefined : store.findFinishedStage(kind, hash);
    const reuse = done === undefined ? '' : style.green(`  done by ${path.basename(done)}: will be reused`);
    lines.push([kind, style.dim(hash.slice(0, 12)) + reuse]);
  }
  return [style.bold(name), ...lines.map(([key, text]) => `  ${key.padEnd(12)}${text}`), ''].join('\n');
}
