import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import protobuf from 'protobufjs/minimal.js';
import { explainDisk } from '../runFolder/atomic.ts';

/**
 * TensorBoard's event file: TFRecords that each hold an `Event` message. A record is its length (uint64), a checksum
 * of the length, the bytes, and a checksum of the bytes, all little-endian.
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto (and summary.proto beside it)
 */
export interface Moment {
  readonly step: number;
  /** ms since the epoch */
  readonly time: number;
}

/** Appends events to a file, each in one write. */
export class EventFile {
  private readonly handle: number;

  /**
   * Opens or creates a file. A record that a crash left unfinished is cut off.
   * @param resumeAt the first step that will be written: what the file has from there on counts no more
   */
  constructor(
    readonly file: string,
    { resumeAt, time = Date.now() }: { resumeAt?: number; time?: number } = {},
  ) {
    this.handle = openSync(file, 'a+');
    const end = cutTornRecord(this.handle);
    if (end === 0)
      this.append(event({ step: 0, time }, (w) => w.uint32(tag(3, text)).string('brain.Event:2')));
    else if (resumeAt !== undefined) this.append(event({ step: resumeAt, time }, sessionStart));
  }

  /** Numbers by tag; `pretrain/loss` is drawn as `loss` in the group `pretrain`. */
  scalars(moment: Moment, values: Readonly<Record<string, number>>): void {
    const entries = Object.entries(values);
    if (entries.length === 0) return;
    this.append(
      event(moment, (w) => {
        w.uint32(tag(5, text)).fork();
        for (const [name, value] of entries) {
          w.uint32(tag(1, text)).fork();
          w.uint32(tag(1, text)).string(name);
          w.uint32(tag(2, fixed32)).float(value).ldelim();
        }
        w.ldelim();
      }),
    );
  }

  /** @throws Error when the bytes are no PNG */
  image(moment: Moment, name: string, png: Uint8Array): void {
    const { width, height, channels } = pngSize(png);
    this.append(
      event(moment, (w) => {
        w.uint32(tag(5, text)).fork().uint32(tag(1, text)).fork();
        w.uint32(tag(1, text)).string(name);
        w.uint32(tag(4, text)).fork();
        w.uint32(tag(1, varint)).int32(height).uint32(tag(2, varint)).int32(width);
        w.uint32(tag(3, varint)).int32(channels).uint32(tag(4, text)).bytes(png);
        w.ldelim().ldelim().ldelim();
      }),
    );
  }

  close(): void {
    closeSync(this.handle);
  }

  /** @throws DiskError when the disk is full; the unfinished record is cut off. */
  private append(data: Uint8Array): void {
    const record = frame(data);
    const { size } = fstatSync(this.handle);
    try {
      let written = 0;
      while (written < record.length) written += writeSync(this.handle, record, written);
    } catch (error) {
      ftruncateSync(this.handle, size);
      throw explainDisk(error, this.file);
    }
  }
}

// Wire types of protocol buffers.
const varint = 0;
const fixed64 = 1;
const text = 2;
const fixed32 = 5;
const tag = (field: number, wireType: number): number => (field << 3) | wireType;

function event({ step, time }: Moment, write: (writer: protobuf.Writer) => void): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, fixed64)).double(time / 1000); // wall time in seconds
  writer.uint32(tag(2, varint)).int64(step);
  write(writer);
  return writer.finish();
}

/** SessionLog { status: START }: readers forget the steps from this event's step on. */
function sessionStart(writer: protobuf.Writer): void {
  writer.uint32(tag(7, text)).fork().uint32(tag(1, varint)).int32(1).ldelim();
}

function frame(data: Uint8Array): Buffer {
  const record = Buffer.alloc(12 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return record;
}

/** Cuts off a last record that is not whole. Returns the length of what is left. */
function cutTornRecord(handle: number): number {
  const { size } = fstatSync(handle);
  const head = Buffer.alloc(12);
  let end = 0;
  while (end + head.length <= size) {
    readSync(handle, head, 0, head.length, end);
    if (head.readUInt32LE(8) !== maskedCrc32c(head.subarray(0, 8))) break;
    const next = end + 16 + Number(head.readBigUInt64LE(0));
    if (next > size) break;
    end = next;
  }
  if (end < size) ftruncateSync(handle, end);
  return end;
}

const channelsOfColorType = new Map([
  [0, 1],
  [2, 3],
  [3, 3], // palette: its colours are RGB
  [4, 2],
  [6, 4],
]);

/** The first chunk of a PNG says its size. https://www.w3.org/TR/png-3/#11IHDR */
function pngSize(png: Uint8Array): { width: number; height: number; channels: number } {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  if (bytes.length < 33 || bytes.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n')
    throw new Error('An image for TensorBoard must be a PNG.');
  return {
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    channels: channelsOfColorType.get(bytes[25]!) ?? 3,
  };
}

/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), one byte at a time. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

/** Rotated and shifted, so that checksums of data that holds checksums stay good. */
function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
