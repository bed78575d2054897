import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { randomAt } from '../../../server/random.ts';
import {
  type Checkpoint,
  checkpointNames,
  latestCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from '../../../server/training/checkpoint.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('checkpoints', () => {
  it('give the whole state back, bit for bit', async (t) => {
    const written = checkpoint(17);
    const file = await writeCheckpoint(temporaryFolder(t), written, { 'encoder/w': [2, 3] });
    const read = await readCheckpoint(file);
    assert.deepEqual(read.info, written.info);
    assert.deepEqual([read.training.updates, read.training.accumulated], [17, 2]);
    assert.deepEqual(bits(read), bits(written));
  });

  it('keep the newest two and the final one', async (t) => {
    const folder = temporaryFolder(t);
    for (const step of [5, 20, 30, 1000]) await writeCheckpoint(folder, checkpoint(step));
    assert.deepEqual(await checkpointNames(folder), [
      'step-00000030.safetensors',
      'step-00001000.safetensors',
    ]);
    await writeCheckpoint(folder, checkpoint(1200, true));
    assert.deepEqual((await checkpointNames(folder)).at(-1), 'final.safetensors');
    assert.equal((await latestCheckpoint(folder))?.checkpoint.info.step, 1200);
  });

  it('pass over a torn one and say so', async (t) => {
    const folder = temporaryFolder(t);
    await writeCheckpoint(folder, checkpoint(1));
    const torn = await writeCheckpoint(folder, checkpoint(2));
    truncateSync(torn, 700);
    const latest = await latestCheckpoint(folder);
    assert.equal(latest?.checkpoint.info.step, 1);
    assert.match(latest?.damaged.join() ?? '', /step-00000002\.safetensors: .*truncated/);
  });

  it('notice a single flipped bit', async (t) => {
    const folder = temporaryFolder(t);
    const file = await writeCheckpoint(folder, checkpoint(1));
    const bytes = readFileSync(file);
    bytes[bytes.length - 3]! ^= 4;
    writeFileSync(file, bytes);
    await assert.rejects(readCheckpoint(file), /checksum does not match/);
    await assert.rejects(
      latestCheckpoint(folder),
      /^CheckpointError: No checkpoint of this run can be read: /,
    );
  });

  it('are not pushed out by damaged ones that were passed over', async (t) => {
    const folder = temporaryFolder(t);
    for (const step of [10, 20, 30]) await writeCheckpoint(folder, checkpoint(step));
    for (const name of await checkpointNames(folder)) truncateSync(path.join(folder, name), 700);
    for (const step of [1, 2, 3]) await writeCheckpoint(folder, checkpoint(step));
    assert.deepEqual(await checkpointNames(folder), [
      'step-00000002.safetensors',
      'step-00000003.safetensors',
    ]);
  });

  it('clear away what a crash left behind', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(path.join(folder, '.step-00000001.safetensors.0123abcd.tmp'), 'half');
    await writeCheckpoint(folder, checkpoint(2));
    assert.deepEqual(readdirSync(folder), ['step-00000002.safetensors']);
  });

  it('leave nothing half-written and the old ones untouched when writing fails', async (t) => {
    const folder = temporaryFolder(t);
    await writeCheckpoint(folder, checkpoint(1));
    const broken = checkpoint(2);
    Object.assign(broken.training.weights, { 'encoder/w': Int32Array.of(1) });
    await assert.rejects(writeCheckpoint(folder, broken), /not F32/);
    assert.deepEqual(readdirSync(folder), ['step-00000001.safetensors']);
  });

  it('of a folder that is not there are none', async (t) => {
    assert.equal(await latestCheckpoint(path.join(temporaryFolder(t), 'none')), undefined);
  });
});

/** A state with every group and odd bits: NaN payloads, denormals, negative zero. */
function checkpoint(step: number, final = false): Checkpoint {
  const random = randomAt(step, 'checkpoint');
  const odd = (length: number) =>
    new Float32Array(Uint32Array.from({ length }, () => random.integer(2 ** 32)).buffer);
  return {
    info: {
      stage: 'pretrain',
      step,
      epoch: 1,
      position: 3,
      final,
      hashes: { pretrain: 'a', evaluate: 'b', downstream: 'c', export: 'd' },
      writer: { selfsup: '0.1.0' },
      state: { nested: { list: [1, 2.5, 'x'] } },
    },
    training: {
      weights: { 'encoder/w': odd(6), 'encoder/b': odd(3) },
      buffers: { 'encoder/mean': odd(3) },
      target: { 'encoder/w': odd(6) },
      optimizer: { m: { 'encoder/w': odd(6), 'encoder/b': odd(3) }, v: { 'encoder/w': odd(6) } },
      updates: step,
      accumulated: 2,
    },
    extra: { 'queue:keys': odd(10) },
  };
}

/** Every array as its bytes: deepEqual on floats would take all NaNs for equal. */
function bits({ training, extra }: Checkpoint): unknown {
  return JSON.parse(
    JSON.stringify({ ...training, extra }, (_, value: unknown) =>
      value instanceof Float32Array
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
        : value,
    ),
  );
}
