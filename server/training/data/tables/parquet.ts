import { type FileHandle, open } from 'node:fs/promises';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetScan } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { DataError } from '../errors.ts';
import { cellBytes, RawColumn } from './cells.ts';
import { parquetColumns, parsers } from './parquetSchema.ts';
import { checkHeader, type RawTable } from './rawTable.ts';
import { requireRoom, requireRoomForCells } from './room.ts';

/** Whether a file begins like Parquet. */
export function isParquet(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PAR1';
}

/**
 * Reads a Parquet file (https://parquet.apache.org/docs/file-format/) one column of one row group at a time, so that
 * besides the values that it keeps no more than one column chunk is in memory.
 * @throws DataError for a file that is cut off, damaged or packed in a way that is not known
 */
export async function readParquet(file: string, key: readonly string[]): Promise<RawTable> {
  const handle = await open(file);
  try {
    const buffer = await fileBuffer(handle);
    const metadata = await readFooter(buffer, file, key);
    const { columns, notes } = parquetColumns(metadata);
    const names = columns.map(({ name }) => name);
    checkHeader(file, names, key);
    if (names.length === 0)
      throw new DataError({
        key,
        where: file,
        found: `no column that can be read${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`,
        expected: 'columns of numbers, texts or times',
        fix: 'Write the file anew with such columns.',
      });
    const count = Number(metadata.num_rows);
    requireRoom(file, cellBytes * count * names.length, count, key); // texts come on top
    const read: RawColumn[] = [];
    for (const { name, toCell } of columns) {
      const column = new RawColumn(name);
      for await (const values of columnChunks(buffer, metadata, name)) {
        for (let i = 0; i < values.length; i++) column.push(toCell(values[i]));
        requireRoomForCells(file, [...read, column], column.numbers.length, key);
      }
      if (column.numbers.length !== count)
        throw new Error(`"${name}" has ${column.numbers.length} values instead of ${count}`);
      read.push(column);
    }
    const rowNumbers = Array.from({ length: count }, (_, i) => i + 1);
    return { format: 'Parquet', columns: read, rowNumbers, skipped: [], notes };
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError({
      key,
      where: file,
      found: `a Parquet file that cannot be read (${(error as Error).message})`,
      expected: 'a complete one, not encrypted',
      fix: 'Copy it again, or write it anew, e.g. with Zstandard or without compression.',
    });
  } finally {
    await handle.close();
  }
}

/** The values of one column, row group by row group. */
async function* columnChunks(
  file: AsyncBuffer,
  metadata: FileMetaData,
  column: string,
): AsyncGenerator<ArrayLike<unknown>> {
  const scan = await parquetScan({
    file,
    metadata,
    columns: [column],
    compressors,
    parsers,
    geoparquet: false,
    useOffsetIndex: false,
  });
  for (const { rowStart, rowEnd } of scan.ranges) yield await scan.readColumn({ column, rowStart, rowEnd });
}

async function readFooter(buffer: AsyncBuffer, file: string, key: readonly string[]): Promise<FileMetaData> {
  const tail = Buffer.from(await buffer.slice(Math.max(0, buffer.byteLength - 4), buffer.byteLength));
  if (buffer.byteLength < 12 || tail.toString('latin1') !== 'PAR1')
    throw new DataError({
      key,
      where: file,
      found: 'a Parquet file without its end, where its columns are described',
      expected: 'a complete one',
      fix: 'It was cut off while it was written or copied: copy it again.',
    });
  return parquetMetadataAsync(buffer, { parsers, geoparquet: false });
}

/** The file as the parser reads it: any part, when it is asked for. */
async function fileBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      if (start < 0 || end > size) throw new Error(`it has ${size} bytes, and byte ${end} is asked for`);
      const bytes = new Uint8Array(Math.max(0, end - start));
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
        if (bytesRead === 0) throw new Error('it became shorter while it was read');
        done += bytesRead;
      }
      return bytes.buffer;
    },
  };
}
