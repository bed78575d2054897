import assert from 'node:assert/strict';

/** Records of a TFRecord file; every checksum must hold. Written from the format's description, shares no code. */
export function readRecords(bytes: Buffer): Uint8Array[] {
  const records: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = Number(bytes.readBigUInt64LE(at));
    assert.equal(bytes.readUInt32LE(at + 8), masked(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    assert.equal(bytes.readUInt32LE(at + 12 + length), masked(data));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

/** CRC-32C by polynomial division, bit by bit, then masked. */
function masked(data: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of data) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** Values of each field: varints as bigint, doubles and floats as number, the rest as bytes. */
export type Message = Map<number, (bigint | number | Uint8Array)[]>;

export function readMessage(data: Uint8Array): Message {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const message: Message = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const field = key >> 3;
    let value: bigint | number | Uint8Array;
    if ((key & 7) === 0) value = varint();
    else if ((key & 7) === 1) {
      value = bytes.readDoubleLE(at);
      at += 8;
    } else if ((key & 7) === 5) {
      value = bytes.readFloatLE(at);
      at += 4;
    } else {
      assert.equal(key & 7, 2);
      const length = Number(varint());
      value = bytes.subarray(at, at + length);
      at += length;
    }
    message.set(field, [...(message.get(field) ?? []), value]);
  }
  assert.equal(at, bytes.length);
  return message;
}
