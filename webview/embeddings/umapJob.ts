/** Between the panel and its UMAP worker. */
export interface UmapJob {
  /** Components per point. */
  readonly size: number;
  /** Row by row. */
  readonly values: readonly number[];
}

export interface UmapAnswer {
  readonly positions: readonly (readonly [number, number])[];
  /** 0..1 */
  readonly progress: number;
  readonly done: boolean;
}
