import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { MetricLine } from '../../../server/protocol/run.ts';
import { writeFileAtomic } from '../../../server/runFolder/atomic.ts';
import { LineFile, readLines } from '../../../server/runFolder/lines.ts';
import { FolderLock, LockedError, lockStatus } from '../../../server/runFolder/lock.ts';
import { readMetrics, withoutRepeats } from '../../../server/runFolder/metrics.ts';
import { isAlive, thisProcess } from '../../../server/runFolder/processIdentity.ts';
import { RunWriter, readRun, runPaths } from '../../../server/runFolder/runFolder.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** A process that is certainly gone. */
const gone = () => ({
  pid: spawnSync(process.execPath, ['-e', '']).pid,
  started: Date.now(),
  host: hostname(),
});
const record = {
  id: 'r',
  name: 'n',
  state: 'queued',
  results: [],
  stages: {},
  created: '2026-01-01T00:00:00Z',
};
const line = (
  step: number,
  values: Record<string, number>,
  stage: MetricLine['stage'] = 'pretrain',
): MetricLine => {
  return { time: 0, stage, step, epoch: 0, values };
};

function newRun(folder: string): string {
  writeFileSync(runPaths(folder).record, JSON.stringify(record));
  return folder;
}

describe('lines', () => {
  it('cut off a torn last line before writing on', (t) => {
    const file = path.join(temporaryFolder(t), 'm.jsonl');
    for (const [torn, kept] of [
      ['{"a":1}\n{"b', '{"a":1}\n'],
      ['{"b', ''],
      ['', ''],
      [`one\n${'y'.repeat(9000)}`, 'one\n'],
    ]) {
      writeFileSync(file, torn!);
      const lines = new LineFile(file);
      lines.append('next');
      lines.close();
      assert.equal(readFileSync(file, 'utf8'), `${kept}next\n`);
    }
  });

  it('are read without a torn end; a missing file has none', (t) => {
    const file = path.join(temporaryFolder(t), 'm.jsonl');
    assert.deepEqual(readLines(file), []);
    writeFileSync(file, 'one\ntwo\nthr');
    assert.deepEqual(readLines(file), ['one', 'two']);
  });

  it('say that the disk is full', { skip: process.platform !== 'linux' }, () => {
    const lines = new LineFile('/dev/full');
    assert.throws(() => lines.append('x'), {
      name: 'DiskError',
      message: /^\/dev\/full: the disk is full\./,
    });
    lines.close();
  });
});

describe('metrics', () => {
  it('of a resumed run read as if it had never stopped', () => {
    const before = [
      line(1, { loss: 1 }),
      line(2, { loss: 2 }),
      line(2, { knn: 0.5 }),
      line(3, { loss: 3 }),
      line(4, { loss: 4 }),
    ];
    const after = [line(3, { loss: 30 }), line(4, { loss: 40 }), line(5, { loss: 50 })];
    assert.deepEqual(withoutRepeats([...before, ...after]), [...before.slice(0, 3), ...after]);
  });

  it('keep other stages apart', () => {
    const lines = [
      line(9, { loss: 1 }),
      line(1, { loss: 2 }, 'downstream'),
      line(2, { loss: 3 }, 'downstream'),
    ];
    assert.deepEqual(withoutRepeats(lines), lines);
  });

  it('skip what is no metric line', (t) => {
    const file = path.join(temporaryFolder(t), 'm.jsonl');
    writeFileSync(
      file,
      `${JSON.stringify(line(1, { loss: 1 }))}\nnoise\n{"step":"x"}\n${JSON.stringify(line(2, { loss: 2 }))}\n{"torn`,
    );
    assert.deepEqual(
      readMetrics(file).map(({ step }) => step),
      [1, 2],
    );
  });
});

describe('process identity', () => {
  it('knows itself, and an id that was given to another process', () => {
    assert.ok(isAlive(thisProcess()));
    assert.equal(
      isAlive({ pid: process.pid, started: thisProcess().started - 60_000 }),
      process.platform === 'win32',
    );
    assert.equal(isAlive(gone()), false);
  });
});

describe('lock', () => {
  it('lets one writer in', (t) => {
    const folder = temporaryFolder(t);
    const lock = FolderLock.acquire(folder);
    assert.throws(
      () => FolderLock.acquire(folder),
      (error: Error) => {
        assert.ok(error instanceof LockedError);
        assert.match(error.message, new RegExp(`being written by process ${process.pid} on `));
        return true;
      },
    );
    lock.release();
    assert.equal(lockStatus(folder), undefined);
    FolderLock.acquire(folder).release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('of a process that is gone is taken over', (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(path.join(folder, 'lock'), JSON.stringify(gone()));
    assert.equal(lockStatus(folder)?.alive, false);
    const lock = FolderLock.acquire(folder);
    assert.equal(lockStatus(folder)?.owner.pid, process.pid);
    lock.release();
  });

  it('of another machine counts while it shows signs of life', (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ ...gone(), host: 'elsewhere' }));
    assert.equal(lockStatus(folder)?.alive, true);
  });
});

describe('run folder', () => {
  it('is preparing, then ends with a reason', (t) => {
    const folder = newRun(temporaryFolder(t));
    const run = RunWriter.open(folder).begin();
    assert.equal(readRun(folder).state, 'preparing');
    run.update({ state: 'running', progress: { stage: 'pretrain', step: 1, steps: 2 } });
    assert.deepEqual(readRun(folder).progress, { stage: 'pretrain', step: 1, steps: 2 });
    run.metric(line(1, { loss: 0.5, broken: Number.NaN }));
    run.log('warning', 'two\nlines');
    run.end('stopped', 'because');
    const ended = readRun(folder);
    assert.deepEqual([ended.state, ended.reason, ended.process], ['stopped', 'because', undefined]);
    assert.deepEqual(
      readMetrics(runPaths(folder).metrics).map(({ values }) => values),
      [{ loss: 0.5 }],
    );
    assert.match(readFileSync(runPaths(folder).log, 'utf8'), /^\S+Z warning two\n\S+Z|warning lines\n$/);
    assert.deepEqual(readdirSync(folder).sort(), [
      'checkpoints',
      'embeddings',
      'log.txt',
      'metrics.jsonl',
      'previews',
      'run.json',
    ]);
  });

  it('forgets the old reason when it is opened again', (t) => {
    const folder = newRun(temporaryFolder(t));
    RunWriter.open(folder).begin().end('failed', 'a reason');
    const again = RunWriter.open(folder).begin();
    assert.equal(readRun(folder).reason, undefined);
    again.end('finished');
    assert.equal(readRun(folder).reason, undefined);
  });

  it('keeps its state when only results are added', (t) => {
    const folder = newRun(temporaryFolder(t));
    RunWriter.open(folder).begin().end('finished');
    const run = RunWriter.open(folder);
    run.update({ results: [] });
    run.close();
    assert.equal(readRun(folder).state, 'finished');
  });

  it('is dead when its writer is gone', (t) => {
    const folder = newRun(temporaryFolder(t));
    writeFileSync(path.join(folder, 'lock'), JSON.stringify(gone()));
    writeFileAtomic(
      runPaths(folder).record,
      JSON.stringify({ ...record, state: 'running', process: { pid: 1234567, started: 0 } }),
    );
    assert.deepEqual([readRun(folder).state, /1234567/.test(readRun(folder).reason ?? '')], ['dead', true]);
    writeFileAtomic(runPaths(folder).record, JSON.stringify({ ...record, process: gone() }));
    assert.equal(readRun(folder).state, 'dead');
  });

  it('clears away what a killed writer left, and refuses a second writer', (t) => {
    const folder = newRun(temporaryFolder(t));
    writeFileSync(path.join(folder, '.run.json.0123abcd.tmp'), 'half');
    const run = RunWriter.open(folder).begin();
    assert.equal(readdirSync(folder).includes('.run.json.0123abcd.tmp'), false);
    assert.throws(() => RunWriter.open(folder).begin(), LockedError);
    run.close();
  });

  it('says what is wrong with a folder that is none', (t) => {
    const folder = temporaryFolder(t);
    assert.throws(() => readRun(folder), /is no run folder: it has no run\.json/);
    appendFileSync(runPaths(folder).record, '{');
    assert.throws(() => readRun(folder), /run\.json is damaged/);
  });

  it('on a full disk still says that it failed', (t) => {
    const folder = temporaryFolder(t);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
    if (mounted.error || mounted.status !== 0) return t.skip('needs the right to mount a small tmpfs');
    try {
      const run = RunWriter.open(newRun(folder)).begin();
      run.metric(line(1, { loss: 1 }));
      const big = JSON.stringify('z'.repeat(3000));
      assert.throws(
        () => {
          for (;;) run.log('info', big);
        },
        { name: 'DiskError', message: /the disk is full/ },
      );
      assert.throws(
        () => {
          for (;;) run.metric(line(2, { loss: 1 }));
        },
        { name: 'DiskError' },
      );
      run.end('failed', 'the disk is full');
      assert.deepEqual([readRun(folder).state, readRun(folder).reason], ['failed', 'the disk is full']);
      assert.equal(readFileSync(runPaths(folder).metrics, 'utf8').endsWith('}\n'), true);
      assert.ok(statSync(runPaths(folder).metrics).size > 0);
    } finally {
      spawnSync('umount', [folder]);
    }
  });

  it('writes a file whole or not at all', (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(path.join(folder, 'target'));
    assert.throws(() => writeFileAtomic(path.join(folder, 'target'), 'x'));
    assert.deepEqual(readdirSync(folder), ['target']);
  });
});
