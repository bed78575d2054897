/** Texts that mean "no value". */
const missing = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?']);
const numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** One cell: a number, a text, or undefined for a missing value. */
export type Cell = number | string | undefined;

/** Reads a cell of a text file. Infinities count as missing: nothing can be computed with them. */
export function parseCell(text: string): Cell {
  const trimmed = text.trim();
  if (missing.has(trimmed.toLowerCase()) || /^[+-]?inf(inity)?$/i.test(trimmed)) return undefined;
  if (!numeral.test(trimmed)) return trimmed;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

/** What a cell takes: two numbers of JavaScript. */
export const cellBytes = 16;

/** One column as it was read, compactly: numbers apart from texts, each text stored once. */
export class RawColumn {
  readonly name: string;
  /** NaN where the cell is no number. */
  readonly numbers: number[] = [];
  /** Which of `texts` the cell holds; -1 missing, -2 a number. */
  readonly codes: number[] = [];
  readonly texts: string[] = [];
  readonly #code = new Map<string, number>();

  #textBytes = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** About what it takes of the heap: its cells, and each text once with its entry in the list and the map. */
  get bytes(): number {
    return cellBytes * this.numbers.length + this.#textBytes;
  }

  push(cell: Cell): void {
    this.numbers.push(typeof cell === 'number' ? cell : Number.NaN);
    if (cell === undefined) this.codes.push(-1);
    else if (typeof cell === 'number') this.codes.push(-2);
    else {
      let code = this.#code.get(cell);
      if (code === undefined) {
        code = this.texts.length;
        this.texts.push(cell);
        this.#textBytes += 80 + 2 * cell.length;
        this.#code.set(cell, code);
      }
      this.codes.push(code);
    }
  }

  isMissing(row: number): boolean {
    return this.codes[row] === -1;
  }

  isText(row: number): boolean {
    return this.codes[row]! >= 0;
  }

  /** The cell as a category name; undefined where it is missing. */
  text(row: number): string | undefined {
    const code = this.codes[row]!;
    return code === -1 ? undefined : code === -2 ? String(this.numbers[row]) : this.texts[code];
  }
}
