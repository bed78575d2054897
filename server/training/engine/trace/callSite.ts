/**
 * Finds the line of a model that called an op, from an error's stack. With source maps the frames carry our paths;
 * in a plain bundle all files look alike, and the names that TensorFlow.js gives its ops have to do.
 */
export interface CallSite {
  /** The op as the model called it, e.g. `randomNormal`; undefined when no op is on the stack. */
  readonly op: string | undefined;
  /** `file:line:column`, or undefined when the stack does not reach the model. */
  readonly location: string | undefined;
}

interface Frame {
  readonly name: string;
  readonly location: string;
}

const internalPath = /node_modules\/@tensorflow|tfjs-core|tfjs-backend|server\/training\/engine\/|^node:/;
const internalName =
  /__op\b|^Engine\.|^TraceBackend\.|^Recorder\.|^(new )?Tensor(Buffer)?\.|kernelFunc|forwardFunc|gradFunc|backpropagateGradients|\btidy\b/;

export function callSite(stack: string): CallSite {
  const frames = stack.split('\n').flatMap(parseFrame);
  const mapped = frames.some((frame) => /server\/training\/engine\//.test(frame.location));
  const isInternal = (frame: Frame): boolean =>
    internalPath.test(frame.location) || (!mapped && internalName.test(frame.name));
  // The first frames always belong to the engine; what follows the last internal one of that run is the model.
  const lastOp = mapped ? -1 : lastIndexOfOp(frames);
  const index = frames.findIndex((frame, i) => i > lastOp && !isInternal(frame));
  const inside = index < 0 ? frames : frames.slice(0, index);
  const op = inside.findLast((frame) => frame.name.includes('__op'))?.name.match(/(\w+?)__op/)?.[1];
  return { op, location: frames[index]?.location };
}

function lastIndexOfOp(frames: readonly Frame[]): number {
  const first = frames.findIndex((frame) => frame.name.includes('__op'));
  if (first < 0) return -1;
  let last = first;
  for (let i = first; i < frames.length && i <= last + 8; i++) if (frames[i]!.name.includes('__op')) last = i;
  return last;
}

function parseFrame(line: string): Frame[] {
  const match = /^\s*at (?:(.*?) \()?(?:file:\/\/)?([^()]+:\d+:\d+)\)?$/.exec(line);
  return match === null ? [] : [{ name: match[1] ?? '', location: match[2]! }];
}
