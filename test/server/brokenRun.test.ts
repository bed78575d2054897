import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { errorCode, isTemporary } from '../../server/runFolder/atomic.ts';
import { readRun, runPaths } from '../../server/runFolder/runFolder.ts';
import { isResumable } from '../../server/runs/manager.ts';
import { readCheckpoint } from '../../server/training/checkpoint.ts';
import { picture } from '../support/brokenImages.ts';
import { type CallOptions, type Ended, selfsup, selfsupFile } from '../support/builtSelfsup.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { put } from '../unit/data/fixtures.ts';

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

const namesBelow = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).sort();

const isHalfWritten = (name: string): boolean => isTemporary(path.basename(name));

function flipBit(file: string, bit: number): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 5]! ^= 1 << bit;
  writeFileSync(file, bytes);
}

/** Gives `use` a small disk of its own; skips the test with the reason where none may be mounted. */
async function onSmallDisk(t: TestContext, use: (folder: string) => Promise<void>): Promise<void> {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0)
    return t.skip('only root on Linux may mount a small disk');
  const folder = temporaryFolder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    return t.skip(`a small disk cannot be mounted here: ${(error as Error).message}`);
  }
  try {
    await use(folder);
  } finally {
    execFileSync('umount', [folder]);
  }
}

/** Takes all the space that is left, while others write as well. */
function fillDisk(folder: string): void {
  for (let i = 0, size = 1 << 20; size >= 512; i++) {
    try {
      writeFileSync(path.join(folder, `filler-${i}`), Buffer.alloc(size));
    } catch (error) {
      if (errorCode(error) !== 'ENOSPC') throw error;
      size >>= 1;
    }
  }
}

describe('a full disk', () => {
  it('fails the run with a clear reason, keeps the last checkpoint, and resume goes on', (t) =>
    onSmallDisk(t, async (folder) => {
      prepare(folder, 1500);
      let filled = false;
      const ended = await train(folder, {
        onEvent({ event }) {
          if (event !== 'checkpoint' || filled) return;
          filled = true;
          fillDisk(folder);
        },
      });
      assert.ok(filled, ended.stderr);
      const { state, run, folder: runFolder, reason = '' } = doneOf(ended);
      assert.deepEqual([ended.code, state, ended.stderr], [1, 'failed', '']);
      assert.match(
        reason,
        /^\S+: the disk is full\. The last complete checkpoint is untouched; free some space, then resume\.$/,
      );
      const record = readRun(runFolder);
      assert.deepEqual([record.state, record.reason], ['failed', reason]);
      assert.deepEqual(namesBelow(runFolder).filter(isHalfWritten), []);
      const names = checkpointsOf(runFolder);
      assert.ok(names.length > 0);
      for (const name of names) {
        const { info } = await readCheckpoint(path.join(runPaths(runFolder).checkpoints, name));
        assert.equal(name, `step-${String(info.step).padStart(8, '0')}.safetensors`);
      }

      const again = await train(folder);
      const second = doneOf(again);
      assert.deepEqual([again.code, second.state], [1, 'failed'], 'nor can another run begin');
      assert.match(second.reason!, /^\S+: the disk is full\..*$/);
      // Its folder is made whole or not at all, as the space that is left allows.
      if (second.folder) assert.ok(existsSync(runPaths(second.folder).record), again.stderr);
      else assert.equal(again.stderr, `error: ${second.reason}\n`);
      for (const name of readdirSync(path.dirname(runFolder)))
        assert.ok(isResumable(readRun(path.join(path.dirname(runFolder), name)).state), `${name} is whole`);

      for (const name of readdirSync(folder)) if (name.startsWith('filler')) rmSync(path.join(folder, name));
      const resumed = await selfsup(['resume', run, '--json'], { cwd: folder });
      assert.deepEqual([resumed.code, doneOf(resumed).state], [0, 'finished'], resumed.stderr);
      const log = readFileSync(runPaths(runFolder).log, 'utf8');
      assert.ok(log.includes(`Continuing after step ${Number(/\d+/.exec(names.at(-1)!)?.[0])} `), log);
    }));
});

describe('Ctrl-C', () => {
  it('leaves a run that resume finishes; then there is nothing to resume', async (t) => {
    const folder = prepare(temporaryFolder(t));
    const ended = await interrupted(folder);
    const { state, run } = doneOf(ended);
    assert.deepEqual([ended.code, state], [130, 'stopped'], ended.stderr);
    const { folder: runFolder } = doneOf(ended);
    const reached = Number(/\d+/.exec(checkpointsOf(runFolder).at(-1)!)?.[0]);
    assert.equal(readRun(runFolder).progress?.step, reached, 'the record says how far it came');
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

describe('a finished run whose final checkpoint is damaged', () => {
  it('is not used again: the next run says so and pretrains itself', async (t) => {
    const folder = prepare(temporaryFolder(t), 2);
    const { run, folder: first } = doneOf(await train(folder));
    const final = path.join(runPaths(first).checkpoints, 'final.safetensors');
    flipBit(final, 2);
    const ended = await train(folder);
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(
      ended.events.filter(({ level }) => level === 'warning').map(({ text }) => text),
      [
        `The pretraining of ${run} cannot be used again: ${final}: the checksum does not match. Pretraining anew.`,
      ],
    );
    const { folder: second } = doneOf(ended);
    assert.deepEqual(readRun(second).stages.pretrain, { state: 'finished' });
    // The newest finished one is offered first, and it is whole.
    const { folder: third } = doneOf(await train(folder));
    assert.deepEqual(readRun(third).stages.pretrain, { state: 'reused', from: second });
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

describe('without permission', () => {
  const nobody = 65534;

  /** Who may not do everything: we, or for root a user called nobody. */
  async function ordinaryUser(t: TestContext): Promise<{ uid?: number } | undefined> {
    if (process.platform === 'win32') t.skip('Windows has no such permissions');
    else if (process.geteuid?.() !== 0) return {};
    else if ((await selfsup(['--version'], { uid: nobody, cwd: '/' })).code === 0) return { uid: nobody };
    else t.skip(`another user cannot read ${selfsupFile()}`);
    return undefined;
  }

  it('a folder that may not be read', async (t) => {
    const user = await ordinaryUser(t);
    if (!user) return;
    const folder = prepare(temporaryFolder(t));
    const images = config(1).replace(/data: .*/, 'data: { images: locked }');
    writeFileSync(path.join(folder, 'rows.selfsup.yaml'), images);
    mkdirSync(path.join(folder, 'locked'), 0o000);
    chmodSync(folder, 0o777);
    const refused = await train(folder, user);
    assert.deepEqual(
      [refused.code, refused.stderr.replaceAll(folder, '<folder>')],
      [
        2,
        `rows.selfsup.yaml:2:17: error: data.images cannot be read (path)
    found:    <folder>/locked (no permission)
    expected: a file or a folder
    fix:      give yourself the right to read it (chmod +r, and +x on folders)
1 error
Nothing was started.
`,
      ],
    );
    assert.equal(existsSync(path.join(folder, '.selfsup')), false);
  });

  it('a table that may not be read', async (t) => {
    const user = await ordinaryUser(t);
    if (!user) return;
    const folder = prepare(temporaryFolder(t));
    chmodSync(path.join(folder, 'rows.csv'), 0);
    chmodSync(folder, 0o777);
    const refused = await train(folder, user);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /data\.table .*\n[\s\S]*permission[\s\S]*\nNothing was started\.\n$/);
    assert.equal(existsSync(path.join(folder, '.selfsup')), false);
  });

  it('a workspace that may not be written to', async (t) => {
    const user = await ordinaryUser(t);
    if (!user) return;
    const folder = prepare(temporaryFolder(t));
    const before = namesBelow(folder);
    chmodSync(folder, 0o555);
    const refused = await train(folder, user);
    chmodSync(folder, 0o755);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(
      refused.stderr,
      /^error: \S+: cannot be written \(EACCES\)\. Check the folder's permissions\.\n$/,
    );
    assert.deepEqual(namesBelow(folder), before, 'nothing is written');
  });
});

describe('broken data', () => {
  const refused = async (folder: string, data: string, message: RegExp) => {
    const text = `${config(1).replace(/data: .*/, `data: ${data}`)}downstream: [{ task: classification, mode: linear, labelsPerClass: [all] }]\n`;
    writeFileSync(path.join(folder, 'rows.selfsup.yaml'), text);
    const before = namesBelow(folder);
    const { code, stderr, events } = await train(folder);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /\n1 error\nNothing was started\.\n$/);
    assert.doesNotMatch(stderr, /^\s+at /m);
    const { event, state, run } = events.at(-1)!;
    assert.deepEqual([event, state, run], ['done', 'failed', null]);
    assert.deepEqual(namesBelow(folder), before, 'nothing is written');
  };

  it('a table whose rows all have too few cells', async (t) => {
    const folder = prepare(temporaryFolder(t));
    writeFileSync(path.join(folder, 'ragged.csv'), 'a,b,class\n1,2\n3,4\n');
    await refused(
      folder,
      '{ table: ragged.csv, label: class }',
      /^rows\.selfsup\.yaml:2:16: error: data\.table cannot be used: .*ragged\.csv/,
    );
  });

  it('pictures cut off so that a single class is left', async (t) => {
    const folder = prepare(temporaryFolder(t));
    const good = await picture();
    for (let i = 0; i < 20; i++) {
      put(folder, `pictures/cat/${i}.png`, good);
      put(folder, `pictures/dog/${i}.png`, good.subarray(0, good.length - 30));
    }
    await refused(folder, '{ images: pictures }', /class/);
  });
});
