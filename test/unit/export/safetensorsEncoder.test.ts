import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import {
  EncoderMismatch,
  readEncoderSafetensors,
  writeEncoderSafetensors,
} from '../../../server/export/safetensorsEncoder.ts';
import type { Parameter } from '../../../server/nn/parameters.ts';
import { encodeSafetensors } from '../../../server/training/safetensors.ts';
import { image } from '../../support/encoders.ts';
import { trainedEncoder } from './trained.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'selfsup-export-'));
after(() => rmSync(folder, { recursive: true }));

const facts = { sample: image(8), normalization: { mean: [0.25], std: [0.5] } };
const convnet = trainedEncoder('convnet', facts, { width: 2, size: 4 });

test('weights and buffers come back as they were, with what the encoder is', async () => {
  const file = path.join(folder, 'encoder.safetensors');
  await writeEncoderSafetensors(file, convnet);
  const { values, metadata } = await readEncoderSafetensors(file, convnet.parameters);
  assert.deepEqual(values, convnet.values);
  assert.ok(Object.keys(values).some((name) => name.endsWith('runningVariance')));
  assert.equal(metadata.format, 'selfsup-encoder');
  assert.deepEqual(JSON.parse(metadata['encoder.config']!), { type: 'convnet', width: 2, size: 4 });
  assert.equal(metadata['selfsup.configHash'], 'abc');
  assert.equal(metadata['input.shape'], '[8,8,1]');
  assert.equal(metadata['input.mean'], '[0.25]');
  assert.equal(metadata['input.normalization'], '(x - mean) / std per channel, applied by the caller');
  assert.deepEqual(readdirSync(folder), ['encoder.safetensors']);
});

test('the header is as the format says: names, shapes and places, read by hand', async () => {
  const file = path.join(folder, 'byHand.safetensors');
  await writeEncoderSafetensors(file, convnet);
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  for (const { name, shape } of convnet.parameters) {
    assert.deepEqual(header[name].shape, shape);
    assert.equal(header[name].dtype, 'F32');
    const first = bytes.readFloatLE(8 + length + header[name].data_offsets[0]);
    assert.equal(first, convnet.values[name]![0]);
  }
});

test('only the encoder goes into the file, not the heads that its values hold too', async () => {
  const file = path.join(folder, 'alone.safetensors');
  const values = { ...convnet.values, 'projector/weight': new Float32Array(3) };
  await writeEncoderSafetensors(file, { ...convnet, values });
  assert.deepEqual((await readEncoderSafetensors(file, convnet.parameters)).values, convnet.values);
});

test('another encoder is refused with what differs', async () => {
  const file = path.join(folder, 'other.safetensors');
  await writeEncoderSafetensors(file, convnet);
  const refusal = async (type: string, options: Record<string, unknown>): Promise<string> => {
    const { parameters } = trainedEncoder(type, facts, options);
    const error = await readEncoderSafetensors(file, parameters).then(
      () => assert.fail('it was accepted'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof EncoderMismatch);
    return error.message;
  };
  const fix =
    'It was written for encoder {"type":"convnet","width":2,"size":4} on samples of shape [8,8,1]: use the same encoder and data.size.';
  assert.equal(
    await refusal('convnet', { width: 2, size: 5 }),
    `${file} does not hold this encoder: encoder/dense/weight is [64, 4], expected [64, 5]; encoder/dense/norm/weight is [4], expected [5]; encoder/dense/norm/bias is [4], expected [5]; 2 more. ${fix}`,
  );
  assert.equal(
    await refusal('convnet', { width: 2, size: 0 }),
    `${file} does not hold this encoder: 5 tensors too many (encoder/dense/weight, encoder/dense/norm/weight, encoder/dense/norm/bias, 2 more). ${fix}`,
  );
  assert.match(
    await refusal('mlp', { hidden: [4] }),
    /2 tensors missing \(encoder\/layer1\/dense\/weight, encoder\/layer1\/dense\/bias\); 15 tensors too many/,
  );
});

test('files of other kinds say what they are', async () => {
  const parameter: Parameter = {
    name: 'encoder/w',
    shape: [2],
    init: { kind: 'constant', value: 0 },
    kind: 'weight',
    decay: true,
    depth: 0,
  };
  const file = path.join(folder, 'kinds.safetensors');
  const write = (name: string, metadata?: Record<string, string>, values = new Float32Array(2)) =>
    writeFileSync(
      file,
      Buffer.concat(
        encodeSafetensors(new Map([[name, { dtype: 'F32', shape: [values.length], values }]]), metadata),
      ),
    );
  write('weights:encoder/w', { format: 'selfsup-checkpoint' });
  await assert.rejects(
    readEncoderSafetensors(file, [parameter]),
    /1 tensor missing \(encoder\/w\); 1 tensor too many \(weights:encoder\/w\)\. It is a checkpoint of a whole training: use its run's export\/encoder\.safetensors\./,
  );
  write('other');
  await assert.rejects(readEncoderSafetensors(file, [parameter]), /It was not written by Selfsup\./);
  write('encoder/w');
  assert.deepEqual((await readEncoderSafetensors(file, [parameter])).values, {
    'encoder/w': new Float32Array(2),
  });
  writeFileSync(
    file,
    Buffer.concat(
      encodeSafetensors(new Map([['encoder/w', { dtype: 'I32', shape: [2], values: new Int32Array(2) }]])),
    ),
  );
  await assert.rejects(readEncoderSafetensors(file, [parameter]), /encoder\/w is I32, expected F32/);
  writeFileSync(file, 'no safetensors');
  await assert.rejects(readEncoderSafetensors(file, [parameter]), /kinds\.safetensors: /);
});
