import { UMAP } from 'umap-js';
import type { UmapAnswer, UmapJob } from './umapJob.ts';

/** Lays points out in the plane so that neighbours stay neighbours. Reports on its way; the last report is the result. */

const scope = self as unknown as {
  onmessage: (event: MessageEvent<UmapJob>) => void;
  postMessage(answer: UmapAnswer): void;
};

scope.onmessage = ({ data: { size, values } }) => {
  const points: number[][] = [];
  for (let start = 0; start < values.length; start += size)
    points.push([...values.slice(start, start + size)]);
  const umap = new UMAP({ nNeighbors: Math.min(15, points.length - 1), random: seededRandom() });
  const epochs = umap.initializeFit(points);
  const every = Math.max(1, Math.floor(epochs / 20));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    umap.step();
    const done = epoch === epochs;
    if (!done && epoch % every !== 0) continue;
    const positions = umap.getEmbedding().map(([x = 0, y = 0]): [number, number] => [x, y]);
    scope.postMessage({ positions, progress: epoch / epochs, done });
  }
};

/** The same map for the same points, each time. */
function seededRandom(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
