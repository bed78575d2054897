import { type FileMetaData, type ParquetParsers, parquetSchema, type SchemaTree } from 'hyparquet';
import { type Cell, parseCell } from './cells.ts';

/** A column of the file that becomes a column of the table. */
export interface ParquetColumn {
  readonly name: string;
  /** A stored value as a cell; null and values that are no number are missing. */
  readonly toCell: (value: unknown) => Cell;
}

/** The columns that can be read, and sentences on those that are left out or read in a way that is worth knowing. */
export function parquetColumns(metadata: FileMetaData): { columns: ParquetColumn[]; notes: string[] } {
  const columns: ParquetColumn[] = [];
  const notes: string[] = [];
  for (const node of parquetSchema(metadata).children) {
    const { name } = node.element;
    const why = unreadable(node);
    if (why !== undefined) {
      notes.push(`column "${name}" is left out: it holds ${why}`);
      continue;
    }
    if (isTime(node)) notes.push(`column "${name}" is a time: it is read as days since 1970-01-01`);
    columns.push({ name, toCell: isDecimal(node) ? decimalCell : cellOf });
  }
  return { columns, notes };
}

/** Times as days since 1970 (UTC), so that they are numbers like any other. */
export const parsers: Partial<ParquetParsers> = {
  dateFromDays: (days: number | undefined) => days,
  timestampFromMilliseconds: (value: bigint | undefined) => daysOf(value, 86_400_000),
  timestampFromMicroseconds: (value: bigint | undefined) => daysOf(value, 86_400_000_000),
  timestampFromNanoseconds: (value: bigint | undefined) => daysOf(value, 86_400_000_000_000),
};

function daysOf(value: bigint | undefined, perDay: number): number | undefined {
  return value === undefined || value === null ? undefined : Number(value) / perDay;
}

/** What a column holds that no cell can hold; undefined where it can be read. */
function unreadable({ children, element }: SchemaTree): string | undefined {
  const { type, converted_type: converted, logical_type: logical, repetition_type: repetition } = element;
  if (children.length > 0 || repetition === 'REPEATED') return 'nested values (lists, maps or structs)';
  if (converted === 'JSON' || logical?.type === 'JSON') return 'JSON documents';
  if (converted === 'BSON' || logical?.type === 'BSON') return 'BSON documents';
  if (converted === 'INTERVAL' || logical?.type === 'INTERVAL') return 'time intervals';
  if (logical?.type === 'GEOMETRY' || logical?.type === 'GEOGRAPHY') return 'shapes on a map';
  const named = converted !== undefined || logical?.type === 'UUID' || logical?.type === 'FLOAT16';
  return type === 'FIXED_LEN_BYTE_ARRAY' && !named ? 'raw bytes' : undefined;
}

function isTime({ element }: SchemaTree): boolean {
  const { type, converted_type: converted = '', logical_type: logical } = element;
  // INT96 is how old writers store a time.
  return (
    /^(DATE|TIMESTAMP)/.test(converted) ||
    logical?.type === 'TIMESTAMP' ||
    logical?.type === 'DATE' ||
    type === 'INT96'
  );
}

function isDecimal({ element }: SchemaTree): boolean {
  return element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL';
}

function cellOf(value: unknown): Cell {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') return Number(value);
  // As in the other formats: "NA" is missing, "1" is a number.
  return typeof value === 'string' || typeof value === 'boolean' ? parseCell(String(value)) : undefined;
}

/** A decimal arrives as a whole number times a power of ten: 15 digits take the rounding of that away. */
function decimalCell(value: unknown): Cell {
  const cell = cellOf(value);
  return typeof cell === 'number' ? Number(cell.toPrecision(15)) : cell;
}
