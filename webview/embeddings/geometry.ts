/** A point of the map. */
export type Position = readonly [x: number, y: number];

/** Puts positions into a field of pixels, with the same scale on both axes and a margin around. */
export class Projection {
  private readonly scale: number;
  private readonly left: number;
  private readonly top: number;

  constructor(positions: readonly Position[], width: number, height: number, margin: number) {
    let [minX, maxX, minY, maxY] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y] of positions) {
      minX = Math.min(minX, x);
      maxX = Math.max(maxX, x);
      minY = Math.min(minY, y);
      maxY = Math.max(maxY, y);
    }
    const spread = (min: number, max: number): number => (max > min ? max - min : 1);
    this.scale = Math.max(
      1e-12,
      Math.min((width - 2 * margin) / spread(minX, maxX), (height - 2 * margin) / spread(minY, maxY)),
    );
    this.left = width / 2 - (this.scale * (minX + maxX)) / 2;
    this.top = height / 2 + (this.scale * (minY + maxY)) / 2;
  }

  toPixel([x, y]: Position): Position {
    return [this.left + x * this.scale, this.top - y * this.scale];
  }
}

/** The point nearest to a pixel, not farther than `reach`. */
export function nearestPoint(pixels: readonly Position[], at: Position, reach: number): number | undefined {
  let found: number | undefined;
  let least = reach * reach;
  pixels.forEach(([x, y], index) => {
    const distance = (x - at[0]) ** 2 + (y - at[1]) ** 2;
    if (distance > least) return;
    least = distance;
    found = index;
  });
  return found;
}

/**
 * The next point in a direction, as arrow keys expect it: near, and more ahead than aside. Undefined at the border.
 */
export function nextPoint(pixels: readonly Position[], from: number, [dx, dy]: Position): number | undefined {
  const [x, y] = pixels[from]!;
  let found: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  pixels.forEach(([px, py], index) => {
    const ahead = (px - x) * dx + (py - y) * dy;
    const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
    if (index === from || ahead <= 0 || aside > ahead) return;
    const cost = ahead + 2 * aside;
    if (cost >= least) return;
    least = cost;
    found = index;
  });
  return found;
}

/** Of each class, the share of its points whose nearest neighbour in the map is of the same class. */
export function neighbourAgreement(
  positions: readonly Position[],
  labels: readonly number[],
  classes: number,
): { count: number; same: number }[] {
  const found = Array.from({ length: classes }, () => ({ count: 0, same: 0 }));
  positions.forEach(([x, y], index) => {
    const own = found[labels[index]!];
    if (!own) return;
    let nearest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let other = 0; other < positions.length; other++) {
      if (other === index) continue;
      const distance = (positions[other]![0] - x) ** 2 + (positions[other]![1] - y) ** 2;
      if (distance >= least) continue;
      least = distance;
      nearest = other;
    }
    own.count++;
    if (nearest >= 0 && labels[nearest] === labels[index]) own.same++;
  });
  return found;
}
