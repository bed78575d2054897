import { type Detection, intersectionOverUnion } from '../../data/boxes/boxes.ts';

/**
 * Non-maximum suppression: of detections of one class that overlap by more than `threshold`, the one with the
 * highest score stays. Best first; equal scores keep their order.
 */
export function suppress(detections: readonly Detection[], threshold: number, most = 100): Detection[] {
  const kept: Detection[] = [];
  for (const detection of [...detections].sort((a, b) => b.score - a.score)) {
    if (kept.length === most) break;
    const covered = kept.some(
      (other) => other.category === detection.category && intersectionOverUnion(other, detection) > threshold,
    );
    if (!covered) kept.push(detection);
  }
  return kept;
}
