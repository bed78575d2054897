import {
  type Box,
  type Detection,
  intersectionOverUnion,
  overlap,
  type TrueBox,
} from '../../data/boxes/boxes.ts';

export interface MatchOptions {
  /** Least overlaps, ascending. */
  readonly thresholds: readonly number[];
  readonly maxDetections: number;
  readonly area: readonly [number, number];
}

/** Which detections of one class in one image hit an object. */
export interface Matches {
  /** Objects that are to be found. */
  readonly objects: number;
  /** Of the detections that count, best first. */
  readonly scores: readonly number[];
  /** [threshold][detection]: 1 found an object, 0 found nothing, -1 does not count. */
  readonly outcomes: readonly Int8Array[];
}

/**
 * Gives each detection, best first, the object that it overlaps most of those that are left, as COCO's evaluation
 * does: an ignored object is taken only where no counted one fits, a crowd as often as detections lie in it. Truth
 * and detections are of one class.
 */
export function matchImage(
  truth: readonly TrueBox[],
  found: readonly Detection[],
  { thresholds, maxDetections, area }: MatchOptions,
): Matches {
  const inRange = (size: number): boolean => size >= area[0] && size <= area[1];
  const isIgnored = (box: TrueBox): boolean => box.flag !== undefined || !inRange(box.area ?? sizeOf(box));
  const counted = truth.filter((box) => !isIgnored(box));
  const objects = [...counted, ...truth.filter(isIgnored)];
  const detections = [...found].sort((a, b) => b.score - a.score).slice(0, maxDetections);
  const overlaps = detections.map((detection) => objects.map((object) => overlapWith(object, detection)));

  const outcomes = thresholds.map((threshold) => {
    const taken = new Uint8Array(objects.length);
    return Int8Array.from(detections, (detection, d) => {
      const match = bestMatch(overlaps[d]!, objects, taken, counted.length, threshold);
      if (match === -1) return inRange(sizeOf(detection)) ? 0 : -1;
      taken[match] = 1;
      return match < counted.length ? 1 : -1;
    });
  });
  return { objects: counted.length, scores: detections.map(({ score }) => score), outcomes };
}

/** The object that is overlapped most, of equal ones the last; the first `counted` come before all ignored ones. */
function bestMatch(
  overlaps: readonly number[],
  objects: readonly TrueBox[],
  taken: Uint8Array,
  counted: number,
  threshold: number,
): number {
  let best = Math.min(threshold, 1 - 1e-10);
  let match = -1;
  for (const [o, shared] of overlaps.entries()) {
    if (o >= counted && match !== -1 && match < counted) break;
    if (taken[o] === 1 && objects[o]!.flag === undefined) continue;
    if (shared < best) continue;
    best = shared;
    match = o;
  }
  return match;
}

/** A crowd is overlapped by as much of the detection as lies in it. */
function overlapWith(object: TrueBox, detection: Detection): number {
  if (object.flag === 'crowd') return overlap(object, detection) / sizeOf(detection);
  return intersectionOverUnion(object, detection);
}

function sizeOf({ width, height }: Box): number {
  return width * height;
}
