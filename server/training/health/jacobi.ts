/** Eigenvalues, the largest first, and the eigenvector of each as a row of `vectors`, of a small symmetric matrix. */
export interface Eigen {
  readonly eigenvalues: Float64Array;
  /** [n, n], row-major, rows of length 1. */
  readonly vectors: Float64Array;
}

const sweeps = 60;

/**
 * All eigenvalues and eigenvectors of a symmetric matrix (row-major, n x n, overwritten) by cyclic Jacobi rotations
 * (Golub & Van Loan, Matrix Computations, 4th ed., section 8.5). As precise as it gets, and O(n^3) a sweep: for small n.
 */
export function jacobi(a: Float64Array, n: number): Eigen {
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let rotated = false;
    for (let p = 0; p < n - 1; p++)
      for (let q = p + 1; q < n; q++) {
        const off = a[p * n + q]!;
        const scale = Math.sqrt(Math.abs(a[p * n + p]! * a[q * n + q]!));
        if (Math.abs(off) <= Number.EPSILON * scale || off === 0) continue;
        rotated = true;
        rotate(a, v, n, p, q);
      }
    if (!rotated) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j]! - a[i * n + i]!);
  const vectors = new Float64Array(n * n);
  for (const [row, i] of order.entries()) vectors.set(v.subarray(i * n, (i + 1) * n), row * n);
  return { eigenvalues: Float64Array.from(order, (i) => a[i * n + i]!), vectors };
}

/** Makes a[p, q] zero. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const tau = (a[q * n + q]! - a[p * n + p]!) / (2 * a[p * n + q]!);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
  const c = 1 / Math.hypot(1, t);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[k * n + p]!, a[k * n + q]!];
    a[k * n + p] = c * x - s * y;
    a[k * n + q] = s * x + c * y;
  }
  for (const rows of [a, v])
    for (let k = 0; k < n; k++) {
      const [x, y] = [rows[p * n + k]!, rows[q * n + k]!];
      rows[p * n + k] = c * x - s * y;
      rows[q * n + k] = s * x + c * y;
    }
}
