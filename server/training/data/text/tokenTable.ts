import type { SampleLoader, ViewKey } from '../dataset.ts';
import { packText, type Tokenizer } from './tokenizer.ts';

/** Tokens of so many bytes are kept once they are known. */
const keptBytes = 512 * 1024 * 1024;

/** The tokens of texts, made when they are first asked for and then kept where they fit: 2 or 4 bytes a token. */
export class TokenTable {
  readonly #rows: Uint16Array | Uint32Array | undefined;
  readonly #row: Uint32Array;

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly text: (index: number) => string,
    count: number,
    readonly length: number,
    limit = keptBytes,
  ) {
    const Row = tokenizer.vocabulary <= 0x10000 ? Uint16Array : Uint32Array;
    this.#row = new Uint32Array(length);
    if (count * length * Row.BYTES_PER_ELEMENT <= limit) this.#rows = new Row(count * length);
  }

  /** Writes the tokens of a text as numbers. */
  write(index: number, out: Float32Array): void {
    const rows = this.#rows;
    const start = index * this.length;
    // Every text begins with a token that is not 0.
    if (rows === undefined || rows[start] === 0) {
      packText(this.tokenizer.encode(this.text(index)), this.#row);
      rows?.set(this.#row, start);
      out.set(this.#row);
    } else out.set(rows.subarray(start, start + this.length));
  }
}

/** Batches of token numbers; every view of a text is the text. */
export class TextLoader implements SampleLoader {
  readonly #table: TokenTable;

  constructor(table: TokenTable) {
    this.#table = table;
  }

  async load(indices: Int32Array, views: readonly ViewKey[]): Promise<Float32Array[]> {
    const { length } = this.#table;
    const batch = new Float32Array(indices.length * length);
    indices.forEach((index, row) => {
      this.#table.write(index, batch.subarray(row * length, (row + 1) * length));
    });
    return views.map((_, view) => (view === 0 ? batch : batch.slice()));
  }

  async dispose(): Promise<void> {}
}
