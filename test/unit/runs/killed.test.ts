import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { randomAt } from '../../../server/random.ts';
import { isTemporary, writeFileAtomic } from '../../../server/runFolder/atomic.ts';
import { LineFile, readLines } from '../../../server/runFolder/lines.ts';
import { FolderLock, lockStatus } from '../../../server/runFolder/lock.ts';
import { latestCheckpoint, writeCheckpoint } from '../../../server/training/checkpoint.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** Length of each thing it writes. */
const LENGTH = 20000;

// The same file is the test and the process that it kills.
const [role, folder = ''] = process.argv.slice(2);
if (role === 'writer') await writeForever(folder);
else describeKills();

/** Writes one thing of each kind after the other, and tells what is finished. */
async function writeForever(folder: string): Promise<void> {
  FolderLock.acquire(folder);
  const lines = new LineFile(path.join(folder, 'metrics.jsonl'));
  for (let n = 1; ; n++) {
    const filler = 'x'.repeat(LENGTH);
    writeFileAtomic(path.join(folder, 'run.json'), JSON.stringify({ n, filler }));
    lines.append(JSON.stringify({ n, filler }));
    const values = new Float32Array(LENGTH).fill(n);
    await writeCheckpoint(folder, {
      info: {
        stage: 'pretrain',
        step: n,
        epoch: 0,
        position: n,
        final: false,
        hashes: { pretrain: '', evaluate: '', downstream: '', export: '' },
        writer: {},
        state: {},
      },
      training: {
        weights: { w: values },
        buffers: {},
        target: {},
        optimizer: {},
        updates: n,
        accumulated: 0,
      },
      extra: {},
    });
    process.send?.(n);
  }
}

function describeKills(): void {
  describe('a writer killed at any moment', () => {
    for (let round = 0; round < 8; round++) {
      it(`loses nothing that it has reported (${round + 1})`, async (t) => {
        const folder = temporaryFolder(t);
        const random = randomAt(round, 'kill');
        const reported = await writeAndKill(folder, 1 + random.integer(12), random.integer(20000));

        const record = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')) as {
          n: number;
          filler: string;
        };
        assert.equal(record.filler.length, LENGTH);
        assert.ok(record.n >= reported, `run.json says ${record.n}, reported was ${reported}`);

        const lines = readLines(path.join(folder, 'metrics.jsonl')).map(
          (line) => JSON.parse(line) as { n: number },
        );
        assert.deepEqual(
          lines.map(({ n }) => n),
          Array.from(lines, (_, i) => i + 1),
        );
        assert.ok(lines.length >= reported);

        const latest = await latestCheckpoint(folder);
        assert.deepEqual(latest?.damaged, []);
        const { info, training } = latest.checkpoint;
        assert.ok(info.step >= reported);
        assert.ok(training.weights.w?.every((value) => value === info.step));

        assert.equal(lockStatus(folder)?.alive, false);
        FolderLock.acquire(folder).release();
        assert.equal(existsSync(path.join(folder, 'lock')), false);
        assert.ok(readdirSync(folder).filter(isTemporary).length <= 1, 'at most the file it was writing');
      });
    }
  });
}

/** Kills the writer some loop turns after its `count`-th report; gives the last report that arrived. */
async function writeAndKill(folder: string, count: number, spins: number): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), ['writer', folder], { execArgv: [] });
  let reported = 0;
  await new Promise<void>((resolve) => {
    child.on('message', (n: number) => {
      reported = n;
      if (n !== count) return;
      let left = spins;
      const spin = () => (left-- > 0 ? setImmediate(spin) : child.kill('SIGKILL'));
      spin();
    });
    child.on('close', () => resolve());
  });
  return reported;
}
