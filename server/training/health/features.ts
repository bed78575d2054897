/** Vectors of many samples, row after row: `values` has length count * size. */
export interface Features {
  readonly values: Float32Array;
  /** Number of samples (rows). */
  readonly count: number;
  /** Length of one vector. */
  readonly size: number;
}

/** Wraps values as features; throws when the length does not fit. */
export function asFeatures(values: Float32Array, size: number): Features {
  if (size < 1 || values.length % size !== 0) {
    throw new Error(`${values.length} values cannot be rows of ${size}.`);
  }
  return { values, count: values.length / size, size };
}

/** The given rows, in the given order, copied. */
export function pickRows(features: Features, rows: ArrayLike<number>): Features {
  const { values, size } = features;
  const picked = new Float32Array(rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    picked.set(values.subarray(row * size, (row + 1) * size), i * size);
  }
  return { values: picked, count: rows.length, size };
}

/** At most `limit` rows, evenly spaced over the whole, so that sorted data keeps all its classes. */
export function thinRows(features: Features, limit: number): Features {
  if (features.count <= limit) return features;
  const rows = new Int32Array(limit);
  for (let i = 0; i < limit; i++) rows[i] = Math.floor((i * features.count) / limit);
  return pickRows(features, rows);
}

/** Rows scaled to length 1; rows shorter than 1e-12 keep their (tiny) direction, as `torch.nn.functional.normalize`. */
export function normalizeRows(features: Features): Features {
  const { values, count, size } = features;
  const normalized = new Float32Array(values.length);
  for (let row = 0; row < count; row++) {
    const start = row * size;
    let sum = 0;
    for (let k = start; k < start + size; k++) sum += values[k]! * values[k]!;
    const scale = 1 / Math.max(Math.sqrt(sum), 1e-12);
    for (let k = start; k < start + size; k++) normalized[k] = values[k]! * scale;
  }
  return { values: normalized, count, size };
}
