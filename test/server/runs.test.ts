import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunState, TrainerEvent } from '../../server/protocol/run.ts';
import { lockStatus } from '../../server/runFolder/lock.ts';
import { isAlive, thisProcess } from '../../server/runFolder/processIdentity.ts';
import { readRun, runPaths } from '../../server/runFolder/runFolder.ts';
import { trainerLog } from '../../server/runFolder/trainerLog.ts';
import { isResumable, mayFollow, RunManager } from '../../server/runs/manager.ts';
import { RunQueue } from '../../server/runs/queue.ts';
import { type NewRun, RunStore } from '../../server/runs/store.ts';
import { TrainerError, TrainerProcess } from '../../server/runs/trainerProcess.ts';
import { serveFakeTrainer } from '../support/fakeTrainer.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

// This file is the test, the trainer it starts, and a server that gets killed.
const script = fileURLToPath(import.meta.url);
const trainer = { script, args: ['trainer'] };
const [role, root = '', name = ''] = process.argv.slice(2);
if (role === 'trainer') serveFakeTrainer();
else if (role === 'server') serveUntilKilled(root, name);
else describeRuns();

/** A server process with one run; it tells the run's folder once the run is under way. */
function serveUntilKilled(root: string, name: string): void {
  const event = (_: string, event: TrainerEvent) => {
    if (event.event === 'step' && event.step === 4) process.send?.(run.folder);
  };
  const manager = new RunManager(new RunStore(root), {
    trainer,
    keepAlive: name.startsWith('outlive'),
    listener: { event },
  });
  const { run } = manager.start(newRun(name));
}

function newRun(name: string): NewRun {
  const hashes = { pretrain: 'p', evaluate: 'e', downstream: 'd', export: 'x' };
  return { name, configFile: '/c.selfsup.yaml', config: 'name: x\n', hashes, selfsup: '0.1.0' };
}

/** A manager in a folder of its own, the states each run went through, and a wait for a run's last step. */
function setUp(t: TestContext) {
  const states: string[] = [];
  const underWay = new Map<string, () => void>();
  const manager = new RunManager(new RunStore(temporaryFolder(t)), {
    trainer,
    listener: {
      state: ({ name, state }) => states.push(`${name} ${state}`),
      event: (id, event) => {
        if (event.event === 'step' && event.step === 4) underWay.get(id)?.();
      },
    },
  });
  const lastStep = (id: string) => new Promise<void>((resolve) => underWay.set(id, resolve));
  return { manager, states, lastStep };
}

function describeRuns(): void {
  describe('states', () => {
    it('follow each other only as they may', () => {
      const all: RunState[] = [
        'queued',
        'preparing',
        'running',
        'finished',
        'stopped',
        'failed',
        'superseded',
        'dead',
      ];
      const resumable = all.filter(isResumable);
      assert.deepEqual(resumable, ['stopped', 'failed', 'dead']);
      for (const state of all) assert.equal(mayFollow('finished', state), false);
      assert.equal(mayFollow('queued', 'running'), false);
    });
  });

  describe('queue', () => {
    it('does one job at a time, in order, and drops those that are removed', async () => {
      const queue = new RunQueue();
      const log: string[] = [];
      const job = (id: string) => async () => {
        log.push(`${id} starts`);
        await Promise.resolve();
        log.push(`${id} ends`);
        return id;
      };
      const results = Promise.all([
        queue.add('a', job('a')),
        queue.add('b', job('b')),
        queue.add('c', job('c')),
      ]);
      assert.equal(queue.running, 'a');
      assert.deepEqual(queue.queued, ['b', 'c']);
      assert.ok(queue.remove('b'));
      assert.equal(queue.remove('a'), false);
      assert.deepEqual(await results, ['a', undefined, 'c']);
      assert.deepEqual(log, ['a starts', 'a ends', 'c starts', 'c ends']);
      assert.equal(queue.running, undefined);
    });

    it('goes on after a job that fails', async () => {
      const queue = new RunQueue();
      const failing = queue.add('a', () => Promise.reject(new Error('no')));
      const next = queue.add('b', async () => 'b');
      await assert.rejects(failing, /no/);
      assert.equal(await next, 'b');
    });
  });

  describe('runs', () => {
    it('go from queued to finished, one after the other', async (t) => {
      const { manager, states } = setUp(t);
      const a = manager.start(newRun('finish-a'));
      const b = manager.start(newRun('finish-b'));
      const ended = await Promise.all([a.ended, b.ended]);
      assert.deepEqual(
        ended.map(({ record }) => record.state),
        ['finished', 'finished'],
      );
      assert.deepEqual(states, [
        'finish-a queued',
        'finish-a preparing',
        'finish-b queued',
        'finish-a running',
        'finish-a finished',
        'finish-b preparing',
        'finish-b running',
        'finish-b finished',
      ]);
      assert.equal(ended[0]?.record.results[0]?.value, 0.97);
      assert.equal(lockStatus(a.run.folder), undefined);
      assert.match(readFileSync(runPaths(b.run.folder).log, 'utf8'), /reuse \{/);
    });

    it('tell a later run what it need not compute again', async (t) => {
      const { manager } = setUp(t);
      const first = await manager.start(newRun('finish')).ended;
      writeFileSync(path.join(runPaths(first.folder).checkpoints, 'final.safetensors'), '');
      const second = await manager.start(newRun('finish')).ended;
      const log = readFileSync(runPaths(second.folder).log, 'utf8');
      assert.ok(log.includes(`reuse ${JSON.stringify({ pretrain: first.folder })}`), log);
    });

    it('stop with their reason and can be resumed', async (t) => {
      const { manager, states, lastStep } = setUp(t);
      const { run, ended } = manager.start(newRun('hang'));
      await lastStep(run.record.id);
      assert.ok(manager.update(run.record.id, { train: { learningRate: 0.5 } }));
      assert.ok(manager.update(run.record.id, { train: { epochs: 3 } }));
      assert.ok(manager.stop(run.record.id, 'Enough.'));
      const { record, failure } = await ended;
      assert.deepEqual([record.state, record.reason, failure], ['stopped', 'Enough.', undefined]);
      assert.match(
        readFileSync(runPaths(run.folder).log, 'utf8'),
        /changes {"train":{"learningRate":0.5,"epochs":3}}/,
      );

      const again = manager.resume(manager.store.find('hang'));
      await lastStep(run.record.id);
      manager.stop(run.record.id, 'Superseded.', 'superseded');
      assert.equal((await again).record.state, 'superseded');
      assert.deepEqual(states.slice(-4), [
        'hang queued',
        'hang preparing',
        'hang running',
        'hang superseded',
      ]);
      assert.throws(() => manager.resume(manager.store.find('hang')), /was superseded by a newer version/);
    });

    it('that wait can be taken out of the queue', async (t) => {
      const { manager, lastStep } = setUp(t);
      const a = manager.start(newRun('hang'));
      const b = manager.start(newRun('finish'));
      await lastStep(a.run.record.id);
      assert.throws(() => manager.delete(b.run), /finish is queued\. Stop it first/);
      assert.throws(() => manager.delete(a.run), /hang is running\. Stop it first/);
      assert.ok(manager.stop(b.run.record.id));
      const dropped = await b.ended;
      assert.deepEqual([dropped.record.state, dropped.record.reason], ['stopped', 'Stopped on request.']);
      manager.stop(a.run.record.id);
      await a.ended;
      assert.equal(manager.stop(a.run.record.id), false);
      manager.delete(b.run);
      assert.deepEqual(
        manager.store.list().map(({ record }) => record.name),
        ['hang'],
      );
    });

    const failures: [string, RegExp, string, RunState][] = [
      ['crash', /^The trainer was killed, perhaps because memory ran out\.$/, 'crash', 'failed'],
      [
        'exit',
        /^The trainer ended unexpectedly \(exit code 7\)\. Its last words: terminate called: no such device$/,
        'crash',
        'failed',
      ],
      ['throw', /^a bug of ours$/, 'internal', 'failed'],
      ['disk', /^the disk is full$/, 'disk', 'failed'],
      ['data', /^pictures: found an empty folder$/, 'input', 'failed'],
    ];
    for (const [name, reason, failure, state] of failures) {
      it(`that ${name} say why, and the next one starts`, async (t) => {
        const { manager } = setUp(t);
        const broken = manager.start(newRun(name));
        const next = manager.start(newRun('finish'));
        const ended = await broken.ended;
        assert.deepEqual([ended.record.state, ended.failure], [state, failure]);
        assert.match(ended.record.reason ?? '', reason);
        assert.equal(readRun(broken.run.folder).state, state);
        assert.equal(lockStatus(broken.run.folder)?.alive ?? false, false);
        assert.equal((await next.ended).record.state, 'finished');
      });
    }

    it('that do not listen are ended at once', async (t) => {
      const { manager, lastStep } = setUp(t);
      const { run, ended } = manager.start(newRun('stubborn'));
      await lastStep(run.record.id);
      manager.stop(run.record.id);
      await manager.kill();
      const { record } = await ended;
      assert.equal(record.state, 'stopped');
      assert.match(record.reason ?? '', /without a last checkpoint/);
    });

    it('write a checkpoint and end when their server is killed', async (t) => {
      const folder = await killServer(temporaryFolder(t), 'hang');
      await ends(folder);
      const { state, reason } = readRun(folder);
      assert.deepEqual([state, reason], ['stopped', 'The program that started the run went away.']);
    });

    it('go on when their server is killed, if they are kept alive', async (t) => {
      const folder = await killServer(temporaryFolder(t), 'outlive');
      const running = readRun(folder);
      assert.equal(running.state, 'running');
      assert.ok(isAlive(running.process!));
      writeFileSync(path.join(folder, 'go'), '');
      await ends(folder);
      assert.equal(readRun(folder).state, 'finished');
    });

    it('leave the last words of a crash to whoever looks, when their server is gone', async (t) => {
      const { manager } = setUp(t);
      const folder = await killServer(manager.store.root, 'outlive until a crash');
      const { process: trainer } = readRun(folder);
      assert.ok(existsSync(trainer!.control!));
      writeFileSync(path.join(folder, 'go'), '');
      await until(() => !isAlive(trainer!));
      const dead = manager.store.find('latest');
      assert.equal(dead.record.state, 'dead');
      assert.match(
        dead.record.reason ?? '',
        /ended unexpectedly, perhaps .* Its last words: terminate called: no such device$/,
      );
      assert.equal(existsSync(trainer!.control!), true, 'a killed process leaves its socket');
      manager.delete(dead);
      assert.equal(existsSync(trainer!.control!), false);
    });

    it('leave no file behind when they printed nothing, nor when there is no run', async (t) => {
      const store = new RunStore(temporaryFolder(t));
      const manager = new RunManager(store, { trainer, keepAlive: true });
      const asked = manager.startTrainer();
      await asked.run({ task: 'doctor' });
      await asked.close();
      assert.deepEqual(readdirSync(store.runsFolder), []);
      const quiet = await manager.start(newRun('fine')).ended;
      assert.equal(quiet.record.state, 'finished');
      assert.equal(existsSync(trainerLog(quiet.folder)), false);
      const loud = await manager.start(newRun('exit')).ended;
      assert.match(loud.record.reason ?? '', /exit code 7\)\. Its last words: terminate called: no such/);
      assert.equal(readFileSync(trainerLog(loud.folder), 'utf8'), 'terminate called: no such device\n');
      assert.deepEqual(
        readdirSync(store.runsFolder).filter((name) => name.startsWith('.')),
        [],
      );
    });

    it('are found dead when server and trainer are killed, and can be resumed', async (t) => {
      const { manager, lastStep } = setUp(t);
      const folder = await killServer(manager.store.root, 'outlive');
      const { pid } = readRun(folder).process!;
      process.kill(pid, 'SIGKILL');
      await until(() => !isAlive({ ...thisProcess(), pid, started: readRun(folder).process!.started }));
      const dead = manager.store.find('outlive');
      assert.equal(dead.record.state, 'dead');
      assert.match(dead.record.reason ?? '', new RegExp(`process \\(${pid}\\) ended without a word`));
      const resumed = manager.resume(dead);
      await lastStep(dead.record.id);
      writeFileSync(path.join(folder, 'go'), '');
      assert.equal((await resumed).record.state, 'finished');
    });
  });

  describe('trainer process', () => {
    it('does several tasks in a row, one at a time', async (t) => {
      const process = TrainerProcess.start(trainer);
      t.after(() => process.close());
      const config = { name: 'fine' };
      const first = process.run({ task: 'inspect', config });
      const { facts } = await first;
      assert.equal(facts.count, 1000);
      assert.equal((await process.run({ task: 'doctor' })).devices.length, 2);
    });

    it('refuses a second task meanwhile', async (t) => {
      const store = new RunStore(temporaryFolder(t));
      const { folder } = store.create(newRun('hang'));
      const process = TrainerProcess.start(trainer);
      t.after(() => process.close());
      const training = process.run({ task: 'train', runFolder: folder, reuse: {}, keepAlive: false });
      await assert.rejects(process.run({ task: 'doctor' }), /busy with train/);
      process.stop('Enough.');
      assert.equal((await training).state, 'stopped');
    });

    it('carries what is wrong with the data', async (t) => {
      const process = TrainerProcess.start(trainer);
      t.after(() => process.close());
      await assert.rejects(process.run({ task: 'inspect', config: { name: 'data' } }), (error) => {
        assert.ok(error instanceof TrainerError);
        assert.equal(error.kind, 'input');
        assert.deepEqual(error.problem?.key, ['data', 'images']);
        return true;
      });
    });

    it('says so when its script is not there', async () => {
      const process = TrainerProcess.start({ script: '/nonexistent/trainer.js' });
      await assert.rejects(process.run({ task: 'doctor' }), { name: 'TrainerError', kind: 'crash' });
      await process.close();
    });
  });
}

/** Starts a server with one run, kills it once the run is under way, and gives the run's folder. */
async function killServer(root: string, name: string): Promise<string> {
  const server = fork(script, ['server', root, name], { execArgv: [] });
  const folder = await new Promise<string>((resolve) => server.once('message', resolve));
  const closed = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await closed;
  return folder;
}

/** Resolves when nobody writes to the folder any more. */
function ends(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => look());
    const look = () => {
      if (lockStatus(folder) !== undefined) return;
      watcher.close();
      resolve();
    };
    look();
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
