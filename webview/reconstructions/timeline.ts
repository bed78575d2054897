/**
 * Which step is shown when pictures keep coming: the latest while the reader follows, else the step that the reader
 * chose, wherever newer ones appear.
 */
export function shownStep(steps: readonly number[], pinned: number | null): number | undefined {
  if (pinned === null) return steps.at(-1);
  return lastNotAfter(steps, pinned) ?? steps[0];
}

/** The largest step that is not after another one. `steps` ascend. */
export function lastNotAfter(steps: readonly number[], step: number): number | undefined {
  let found: number | undefined;
  for (const candidate of steps) {
    if (candidate > step) break;
    found = candidate;
  }
  return found;
}

/** All steps of several runs, ascending, each once. */
export function joinSteps(lists: readonly (readonly number[])[]): number[] {
  return [...new Set(lists.flat())].sort((a, b) => a - b);
}
