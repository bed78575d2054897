import { closeSync, constants, openSync, readSync, statSync } from 'node:fs';

/** The description of the columns comes first in the footer; this much of it is read. */
const mostBytes = 1024 * 1024;

/**
 * Names of the columns that hold plain values and number of rows of a Parquet file, from its footer alone; undefined
 * for anything else. The footer is Thrift's compact protocol
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), of which two fields are wanted.
 */
export function parquetHead(file: string): { columns: string[]; count: number } | undefined {
  const { size } = statSync(file);
  if (size < 12) return undefined;
  const handle = openSync(file, constants.O_RDONLY);
  try {
    const read = (start: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(handle, bytes, 0, length, start));
    };
    const end = read(size - 8, 8);
    const length = end.readUInt32LE(0);
    if (end.toString('latin1', 4) !== 'PAR1' || length > size - 12) return undefined;
    return readMetadata(new Thrift(read(size - 8 - length, Math.min(length, mostBytes))));
  } catch {
    return undefined; // who opens the file says what is wrong with it
  } finally {
    closeSync(handle);
  }
}

/** FileMetaData of parquet.thrift: 2 is the schema, as a list in depth-first order, 3 the number of rows. */
function readMetadata(thrift: Thrift): { columns: string[]; count: number } | undefined {
  let columns: string[] | undefined;
  for (const { id, type } of thrift.fields()) {
    if (id === 2) columns = topLevel(thrift.list(() => readElement(thrift)));
    else if (id === 3 && columns !== undefined) return { columns, count: thrift.integer() };
    else thrift.skip(type);
  }
  return undefined;
}

interface Element {
  name: string;
  children: number;
  repeated: boolean;
}

/** SchemaElement: 3 says how often it occurs (2: any number of times), 4 is its name, 5 the number of its children. */
function readElement(thrift: Thrift): Element {
  const element: Element = { name: '', children: 0, repeated: false };
  for (const { id, type } of thrift.fields()) {
    if (id === 3) element.repeated = thrift.integer() === 2;
    else if (id === 4) element.name = thrift.text();
    else if (id === 5) element.children = thrift.integer();
    else thrift.skip(type);
  }
  return element;
}

function topLevel([root, ...elements]: readonly Element[]): string[] {
  const names: string[] = [];
  let at = 0;
  /** Passes an element and all that is below it. */
  const pass = (): Element | undefined => {
    const element = elements[at++];
    for (let i = 0; i < (element?.children ?? 0) && at < elements.length; i++) pass();
    return element;
  };
  for (let i = 0; i < (root?.children ?? 0); i++) {
    const element = pass();
    if (element !== undefined && element.children === 0 && !element.repeated) names.push(element.name);
  }
  return names;
}

const types = { true: 1, false: 2, byte: 3, double: 7, binary: 8, list: 9, set: 10, map: 11, struct: 12 };

/** Reads the compact protocol; throws RangeError at the end of the bytes. */
class Thrift {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** The fields of a struct: the caller reads or skips each value before it asks for the next. */
  *fields(): Generator<{ id: number; type: number }> {
    for (let id = 0; ; ) {
      const header = this.byte();
      if (header === 0) return;
      id = header >> 4 === 0 ? this.integer() : id + (header >> 4);
      yield { id, type: header & 15 };
    }
  }

  list<T>(read: (type: number) => T): T[] {
    const header = this.byte();
    const length = header >> 4 === 15 ? this.unsigned() : header >> 4;
    const items: T[] = [];
    for (let i = 0; i < length; i++) items.push(read(header & 15));
    return items;
  }

  text(): string {
    const length = this.unsigned();
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('cut off');
    return this.bytes.toString('utf8', this.at - length, this.at);
  }

  /** Zigzag: 0, -1, 1, -2 ... */
  integer(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  skip(type: number): void {
    if (type === types.true || type === types.false) return; // the field's header has said it
    if (type === types.byte) this.at += 1;
    else if (type === types.double) this.at += 8;
    else if (type === types.binary) this.text();
    else if (type === types.list || type === types.set) this.list((item) => this.skipItem(item));
    else if (type === types.struct) for (const field of this.fields()) this.skip(field.type);
    else if (type === types.map) this.skipMap();
    else this.unsigned();
  }

  /** In lists and maps a truth value is a byte of its own. */
  private skipItem(type: number): void {
    if (type <= types.byte) this.at += 1;
    else this.skip(type);
  }

  private skipMap(): void {
    const length = this.unsigned();
    if (length === 0) return;
    const kinds = this.byte();
    for (let i = 0; i < length; i++) {
      this.skipItem(kinds >> 4);
      this.skipItem(kinds & 15);
    }
  }

  private unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('cut off');
    return byte;
  }
}
