import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { runPaths } from '../../server/runFolder/runFolder.ts';
import { type CallOptions, type Ended, selfsup } from '../support/builtSelfsup.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

// What happens to runs when something is in the way, through the built command line and real processes.

const config = (epochs: number) => `name: rows
data: { table: rows.csv, label: class }
encoder: { type: mlp, hidden: [8, 4] }
pretext: { method: autoencoder }
train: { epochs: ${epochs}, batchSize: 16, device: cpu, threads: 1, checkpointEvery: 0.02 }
evaluate: { every: ${epochs}, knn: { k: 3 }, preview: false }
export: { onnx: false, safetensors: false }
`;

/** Writes a table of 100 rows and a config that trains on it for a moment. */
function prepare(folder: string, epochs = 200): string {
  const rows = Array.from(
    { length: 100 },
    (_, i) => `${(i * i) % 17},${(i * 7) % 5},${i % 3},${'xy'[i % 2]}`,
  );
  writeFileSync(path.join(folder, 'rows.csv'), `a,b,c,class\n${rows.join('\n')}\n`);
  writeFileSync(path.join(folder, 'rows.selfsup.yaml'), config(epochs));
  writeFileSync(path.join(folder, 'package.json'), '{}'); // marks the workspace root
  return folder;
}

const train = (cwd: string, options: CallOptions = {}): Promise<Ended> =>
  selfsup(['train', 'rows.selfsup.yaml', '--json'], { cwd, ...options });

/** Trains until there are two checkpoints, then presses Ctrl-C. */
function interrupted(cwd: string): Promise<Ended> {
  let checkpoints = 0;
  return train(cwd, {
    onEvent: ({ event }, interrupt) => {
      if (event === 'checkpoint' && ++checkpoints === 2) interrupt();
    },
  });
}

const doneOf = ({ events, stderr }: Ended) => {
  const done = events.at(-1);
  assert.equal(done?.event, 'done', stderr);
  return done as unknown as { state: string; run: string; folder: string; reason?: string };
};

const checkpointsOf = (folder: string): string[] => readdirSync(runPaths(folder).checkpoints).sort();

function flipBit(file: string, bit: number): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 5]! ^= 1 << bit;
  writeFileSync(file, bytes);
}

describe('Ctrl-C', () => {
  it('leaves a run that resume finishes; then there is nothing to resume', async (t) => {
    const folder = prepare(temporaryFolder(t));
    const ended = await interrupted(folder);
    const { state, run } = doneOf(ended);
    assert.deepEqual([ended.code, state], [130, 'stopped'], ended.stderr);
    const resumed = await selfsup(['resume', 'latest', '--json'], { cwd: folder });
    assert.deepEqual([resumed.code, doneOf(resumed).run], [0, run], resumed.stderr);
    const again = await selfsup(['resume', run], { cwd: folder });
    assert.deepEqual(
      [again.code, again.stdout, again.stderr],
      [2, '', `error: ${run} is finished; there is nothing to resume.\n`],
    );
  });
});

describe('damaged checkpoints', () => {
  it('are passed over with a warning; when all are, resume says so', async (t) => {
    const folder = prepare(temporaryFolder(t), 400);
    const { folder: runFolder, run } = doneOf(await interrupted(folder));
    const { checkpoints } = runPaths(runFolder);
    const newest = checkpointsOf(runFolder).at(-1)!;
    flipBit(path.join(checkpoints, newest), 4);
    const stopped = await selfsup(['resume', run, '--json'], {
      cwd: folder,
      onEvent: ({ event }, interrupt) => {
        if (event === 'checkpoint') interrupt();
      },
    });
    const warning = stopped.events.find(({ event, level }) => event === 'log' && level === 'warning');
    assert.equal(
      warning?.text,
      `Passed over a damaged checkpoint. ${path.join(checkpoints, newest)}: the checksum does not match.`,
    );
    assert.equal(stopped.code, 130, stopped.stderr);

    for (const name of checkpointsOf(runFolder)) flipBit(path.join(checkpoints, name), 3);
    const failed = await selfsup(['resume', run], { cwd: folder });
    assert.equal(failed.code, 1);
    assert.match(
      failed.stderr,
      /failed: No checkpoint of this run can be read: .*the checksum does not match\. Restore one from a backup, or train again\.\n/,
    );
    assert.doesNotMatch(failed.stderr, /^\s+at /m);
  });
});

describe('one writer', () => {
  it('no second command may write to a run that trains', async (t) => {
    const folder = prepare(temporaryFolder(t), 100_000);
    const others: Promise<Ended>[] = [];
    const ended = await train(folder, {
      onEvent({ event, run }, interrupt) {
        if (event !== 'checkpoint' || others.length > 0) return;
        for (const args of [
          ['resume', run],
          ['runs', '--delete', run],
          ['evaluate', run],
        ])
          others.push(selfsup(args as string[], { cwd: folder }));
        void Promise.all(others).then(interrupt);
      },
    });
    const { run, folder: runFolder } = doneOf(ended);
    assert.equal(ended.code, 130, ended.stderr);
    const said = (await Promise.all(others)).map(({ code, stdout, stderr }) => {
      return [code, stdout, stderr.replace(/process \d+ on \S+\. /, 'process N. ')];
    });
    const locked = `error: ${runFolder} is being written by process N. Stop that run first.\n`;
    assert.deepEqual(said, [
      [2, '', `error: ${run} is running already.\n`],
      [2, '', locked],
      [2, '', locked],
    ]);
  });
});

describe('runs that are not there', () => {
  const rejected = async (cwd: string, args: string[], message: RegExp) => {
    const { code, stdout, stderr } = await selfsup(args, { cwd });
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /^\s+at /m);
  };

  it('are named, with those that are', async (t) => {
    const folder = prepare(temporaryFolder(t), 1);
    await rejected(
      folder,
      ['resume', 'latest'],
      /^error: There are no runs in \S+\. Start one with: selfsup train <config>\n$/,
    );
    writeFileSync(path.join(folder, 'rows.selfsup.yaml'), `${config(1)}sweep: { grid: { seed: [0, 1] } }\n`);
    assert.equal((await train(folder)).code, 0);
    await rejected(
      folder,
      ['resume', 'nope'],
      /^error: There is no run "nope"\. The newest are:\n {2}\S+\n {2}\S+\n$/,
    );
    await rejected(folder, ['export', '2'], /^error: "2" fits 2 runs\. Say which:\n {2}2\S+\n {2}2\S+\n$/);
    await rejected(folder, ['evaluate', 'package.json'], /^error: There is no run "package\.json"/);
  });

  it('configs that are not there, or are folders', async (t) => {
    const folder = prepare(temporaryFolder(t));
    await rejected(
      folder,
      ['train', 'row.selfsup.yaml'],
      /row\.selfsup\.yaml.*\n[\s\S]*Nothing was started\.\n$/,
    );
    await rejected(folder, ['check', '.'], /is a folder/);
    assert.deepEqual(readdirSync(folder).sort(), ['package.json', 'rows.csv', 'rows.selfsup.yaml']);
  });
});
