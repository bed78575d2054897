import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { randomAt } from '../../../server/random.ts';
import {
  encodeSafetensors,
  SafetensorsError,
  SafetensorsFile,
  type TensorData,
} from '../../../server/training/safetensors.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('safetensors', () => {
  it('writes the bytes that the format asks for', () => {
    const tensors = new Map<string, TensorData>([
      ['w', { dtype: 'F32', shape: [2], values: Float32Array.of(1, -2) }],
      ['n', { dtype: 'U8', shape: [1, 3], values: Uint8Array.of(7, 8, 9) }],
    ]);
    const bytes = Buffer.concat(encodeSafetensors(tensors, { a: 'b' }));
    const header =
      '{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"n":{"dtype":"U8","shape":[1,3],"data_offsets":[8,11]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8, ' ');
    const expected = Buffer.concat([
      Buffer.from([padded.length, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(padded),
      Buffer.from([0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x00, 0xc0, 7, 8, 9]),
    ]);
    assert.deepEqual(bytes, expected);
  });

  it('reads a file written by the reference implementation', async (t) => {
    // safetensors.numpy.save({'b': np.array([[1.5], [2.5]], np.float32), 'a': np.array(3, np.int64)})
    const header =
      '{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]}}   ';
    const hex = `7000000000000000${Buffer.from(header).toString('hex')}03000000000000000000c03f00002040`;
    const file = await openBytes(t, Buffer.from(hex, 'hex'));
    assert.deepEqual((await file.read('a')).values, BigInt64Array.of(3n));
    assert.deepEqual((await file.read('a')).shape, []);
    assert.deepEqual(await file.floats('b'), Float32Array.of(1.5, 2.5));
    await file.close();
  });

  it('gives back what was written, bit for bit', async (t) => {
    for (let round = 0; round < 30; round++) {
      const random = randomAt(round, 'safetensors');
      const tensors = new Map<string, TensorData>();
      for (let i = random.integer(6); i >= 0; i--) {
        const shape = Array.from({ length: random.integer(4) }, () => random.integer(5));
        const words = new Uint32Array(shape.reduce((a, b) => a * b, 1)).map(() => random.integer(2 ** 32));
        const dtype = (['F32', 'I32', 'U8', 'F64'] as const)[random.integer(4)]!;
        // F32 of any bits: NaN payloads and denormals must survive too.
        const values = {
          F32: new Float32Array(words.buffer),
          I32: new Int32Array(words.buffer),
          U8: Uint8Array.from(words),
          F64: Float64Array.from(words),
        }[dtype];
        tensors.set(`name "${i}" ü/x`, { dtype, shape, values });
      }
      const metadata = { note: 'line\nbreak', round: String(round) };
      const file = await openBytes(t, Buffer.concat(encodeSafetensors(tensors, metadata)));
      assert.deepEqual(file.metadata, metadata);
      assert.deepEqual([...file.tensors.keys()], [...tensors.keys()]);
      for (const [name, { dtype, shape, values }] of tensors) {
        const read = await file.read(name);
        assert.deepEqual([read.dtype, read.shape], [dtype, shape]);
        assert.deepEqual(
          new Uint8Array(read.values.buffer as ArrayBuffer),
          new Uint8Array(values.buffer as ArrayBuffer),
        );
      }
      await file.close();
    }
  });

  const entry = (dtype: string, shape: number[], offsets: number[]) =>
    JSON.stringify({ dtype, shape, data_offsets: offsets });
  const malformed: [string, Buffer, RegExp][] = [
    ['an empty file', Buffer.alloc(0), /truncated/],
    ['half a header length', Buffer.alloc(5), /truncated/],
    ['a header longer than the file', withHeader('{}', Buffer.alloc(0), 100), /truncated/],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n........', 'latin1'), /claims \d+ bytes; no safetensors/],
    ['a header that is no JSON', withHeader('{"a"', Buffer.alloc(0)), /no JSON/],
    ['a header that is a list', withHeader('[]', Buffer.alloc(0)), /no JSON object/],
    ['metadata that are no texts', withHeader('{"__metadata__":{"a":1}}', Buffer.alloc(0)), /texts only/],
    [
      'an unknown dtype',
      withHeader(`{"a":${entry('F7', [1], [0, 1])}}`, Buffer.alloc(1)),
      /tensor a: dtype F7 is unknown/,
    ],
    ['a negative shape', withHeader(`{"a":${entry('U8', [-1], [0, 1])}}`, Buffer.alloc(1)), /list of counts/],
    ['one offset', withHeader(`{"a":${entry('U8', [1], [0])}}`, Buffer.alloc(1)), /two counts/],
    [
      'offsets that do not fit',
      withHeader(`{"a":${entry('F32', [2], [0, 4])}}`, Buffer.alloc(4)),
      /takes 8 bytes, its offsets give 4/,
    ],
    [
      'missing data',
      withHeader(`{"a":${entry('F32', [2], [0, 8])}}`, Buffer.alloc(7)),
      /truncated: 8 bytes of tensors expected, 7 found/,
    ],
    [
      'data too many',
      withHeader(`{"a":${entry('U8', [2], [0, 2])}}`, Buffer.alloc(3)),
      /1 bytes after the last/,
    ],
    [
      'an overlap',
      withHeader(`{"a":${entry('U8', [2], [0, 2])},"b":${entry('U8', [2], [1, 3])}}`, Buffer.alloc(3)),
      /b overlaps/,
    ],
    [
      'a hole',
      withHeader(`{"a":${entry('U8', [1], [0, 1])},"b":${entry('U8', [1], [2, 3])}}`, Buffer.alloc(3)),
      /1 bytes before tensor b/,
    ],
  ];
  for (const [what, bytes, message] of malformed) {
    it(`refuses ${what}`, async (t) => {
      await assert.rejects(openBytes(t, bytes), (error: Error) => {
        assert.ok(error instanceof SafetensorsError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /x\.safetensors: /);
        return true;
      });
    });
  }

  it('refuses to write what it could not read', () => {
    const write = (tensor: TensorData) => () => encodeSafetensors(new Map([['t', tensor]]));
    assert.throws(
      write({ dtype: 'F32', shape: [3], values: Float32Array.of(1) }),
      /shape \[3\] does not hold 1/,
    );
    assert.throws(write({ dtype: 'I32', shape: [1], values: Float32Array.of(1) }), /not I32/);
  });

  it('says when a type has no array here', async (t) => {
    const file = await openBytes(t, withHeader(`{"a":${entry('BF16', [1], [0, 2])}}`, Buffer.alloc(2)));
    await assert.rejects(file.read('a'), /a is BF16; expected one of/);
    await assert.rejects(file.read('b'), /no tensor b/);
    await file.close();
  });
});

function withHeader(json: string, body: Buffer, length = Buffer.byteLength(json)): Buffer {
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([start, Buffer.from(json), body]);
}

function openBytes(t: TestContext, bytes: Uint8Array): Promise<SafetensorsFile> {
  const file = path.join(temporaryFolder(t), 'x.safetensors');
  writeFileSync(file, bytes);
  return SafetensorsFile.open(file);
}
