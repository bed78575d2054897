import type { SampleLoader, ViewKey } from '../dataset.ts';
import type { OpenedTable } from '../opened.ts';

/** Rows are in memory already and need neither workers nor views. */
export class TableLoader implements SampleLoader {
  readonly #table: OpenedTable;

  constructor(table: OpenedTable) {
    this.#table = table;
  }

  async load(indices: Int32Array, views: readonly ViewKey[]): Promise<Float32Array[]> {
    const { values, width } = this.#table;
    return views.map(() => {
      const out = new Float32Array(indices.length * width);
      for (let i = 0; i < indices.length; i++)
        out.set(values.subarray(indices[i]! * width, (indices[i]! + 1) * width), i * width);
      return out;
    });
  }

  async dispose(): Promise<void> {}
}
