import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { crc32c, EventFile } from '../../../server/export/eventFile.ts';
import { TensorBoard, writeTensorBoard } from '../../../server/export/tensorboard.ts';
import type { MetricLine } from '../../../server/protocol/run.ts';
import { type Message, readMessage, readRecords } from './tfrecord.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'selfsup-events-'));
after(() => rmSync(root, { recursive: true }));
const newFolder = () => mkdtempSync(path.join(root, 'run-'));

const line = (step: number, values: Record<string, number>): MetricLine => ({
  time: 1_700_000_000_000 + step,
  stage: 'pretrain',
  step,
  epoch: step / 10,
  values,
});

/** The events of a folder's only event file, in words. */
function eventsOf(folder: string): unknown[] {
  const [name, ...others] = readdirSync(folder).filter((file) => file.startsWith('events.out.tfevents.'));
  assert.deepEqual(others, []);
  return readRecords(readFileSync(path.join(folder, name!))).map(describe);
}

function describe(record: Uint8Array): unknown {
  const event = readMessage(record);
  const step = Number(event.get(2)?.[0] ?? 0n);
  if (event.has(3)) return { version: textOf(event, 3) };
  if (event.has(7)) return { startAt: step, status: readMessage(bytesOf(event, 7)).get(1)![0] };
  const values = readMessage(bytesOf(event, 5))
    .get(1)!
    .map((value) => readMessage(value as Uint8Array));
  const content = values.map((value) =>
    value.has(4)
      ? [textOf(value, 1), imageOf(readMessage(bytesOf(value, 4)))]
      : [textOf(value, 1), value.get(2)![0]],
  );
  return { step, time: event.get(1)![0], ...Object.fromEntries(content) };
}

const bytesOf = (message: Message, field: number) => message.get(field)![0] as Uint8Array;
const textOf = (message: Message, field: number) => Buffer.from(bytesOf(message, field)).toString('utf8');
const imageOf = (image: Message) => ({
  height: Number(image.get(1)![0]),
  width: Number(image.get(2)![0]),
  channels: Number(image.get(3)![0]),
  png: Buffer.from(bytesOf(image, 4)),
});

const picture = (channels: 3 | 4) =>
  sharp({ create: { width: 5, height: 2, channels, background: '#7f3060' } })
    .png()
    .toBuffer();

test("CRC-32C of the standard's examples", () => {
  // RFC 3720, B.4
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test('metrics and pictures are read back by an independent reader', async () => {
  const folder = newFolder();
  const board = TensorBoard.open(folder);
  board.metrics(line(1, { loss: 0.5, 'encoder/rankMe': 12.25 }));
  board.metrics(line(2_000_000_000_000, { loss: -1e-20 }));
  board.metrics(line(3, {}));
  const png = await picture(3);
  board.preview(2, png, 1_700_000_000_500);
  board.close();
  assert.match(readdirSync(folder)[0]!, /^events\.out\.tfevents\.\d{10,}\.[\w.-]+$/);
  assert.deepEqual(eventsOf(folder), [
    { version: 'brain.Event:2' },
    { step: 1, time: 1_700_000_000.001, 'pretrain/loss': 0.5, 'pretrain/encoder/rankMe': 12.25 },
    { step: 2_000_000_000_000, time: 3_700_000_000, 'pretrain/loss': Math.fround(-1e-20) },
    { step: 2, time: 1_700_000_000.5, 'pretrain/preview': { height: 2, width: 5, channels: 3, png } },
  ]);
});

test('a resumed run goes on in the same file, behind a mark that voids what it repeats', () => {
  const folder = newFolder();
  const first = TensorBoard.open(folder);
  for (const step of [1, 2, 3]) first.metrics(line(step, { loss: step }));
  first.close();
  const second = TensorBoard.open(folder, 3);
  second.metrics(line(3, { loss: 30 }));
  second.close();
  const events = eventsOf(folder) as { step?: number; startAt?: number }[];
  assert.deepEqual(
    events.map(({ step, startAt }) => (startAt === undefined ? step : `start at ${startAt}`)),
    [undefined, 1, 2, 3, 'start at 3', 3],
  );
  assert.deepEqual(events[4], { startAt: 3, status: 1n });
});

test('a record that a crash left unfinished is cut off before more is written', () => {
  for (const lost of [1, 4, 15, 20]) {
    const folder = newFolder();
    const file = path.join(folder, 'events.out.tfevents.1700000000.host');
    const events = new EventFile(file);
    events.scalars({ step: 1, time: 0 }, { a: 1 });
    const whole = readFileSync(file).length;
    events.scalars({ step: 2, time: 0 }, { a: 2 });
    events.close();
    truncateSync(file, readFileSync(file).length - lost);
    const again = new EventFile(file);
    assert.equal(readFileSync(file).length, whole);
    again.scalars({ step: 3, time: 0 }, { a: 3 });
    again.close();
    assert.deepEqual(
      (eventsOf(folder) as { a?: number }[]).map(({ a }) => a),
      [undefined, 1, 3],
    );
  }
});

test('a file of garbage starts anew', () => {
  const folder = newFolder();
  const file = path.join(folder, 'events.out.tfevents.1700000000.host');
  writeFileSync(file, 'not a record at all, though long enough for one');
  const events = new EventFile(file);
  events.scalars({ step: 1, time: 0 }, { a: 1 });
  events.close();
  assert.equal(eventsOf(folder).length, 2);
});

test('what is no PNG is refused', () => {
  const events = new EventFile(path.join(newFolder(), 'events.out.tfevents.1700000000.host'));
  assert.throws(() => events.image({ step: 1, time: 0 }, 'x', Buffer.from('GIF89a')), /must be a PNG/);
  events.close();
});

test('the event file of a finished run is made from its folder, once', async () => {
  const folder = newFolder();
  const lines = [line(1, { loss: 3 }), line(2, { loss: 2 }), line(3, { loss: 9 }), line(3, { loss: 1 })];
  writeFileSync(path.join(folder, 'metrics.jsonl'), lines.map((l) => `${JSON.stringify(l)}\n`).join(''));
  mkdirSync(path.join(folder, 'previews'));
  const png = await picture(4);
  writeFileSync(path.join(folder, 'previews', 'step-00000002.png'), png);
  writeFileSync(path.join(folder, 'previews', 'notes.txt'), 'x');
  const file = writeTensorBoard(folder);
  const events = eventsOf(folder) as Record<string, unknown>[];
  assert.deepEqual(
    events.slice(1, 4).map((event) => event['pretrain/loss']),
    [3, 2, 1],
  );
  assert.deepEqual(events[4]!['pretrain/preview'], { height: 2, width: 5, channels: 4, png });
  assert.equal(events.length, 5);
  appendFileSync(path.join(folder, 'metrics.jsonl'), `${JSON.stringify(line(4, { loss: 0 }))}\n`);
  assert.equal(writeTensorBoard(folder), file);
  assert.equal(eventsOf(folder).length, 5);
});
