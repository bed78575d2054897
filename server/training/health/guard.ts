import type { Verdict } from '../../protocol/run.ts';

/**
 * Whether to stop a run (`evaluate.stopOnCollapse`): only when the last `patience` verdicts all name the same kind
 * of collapse, because healthy runs often pass through a low-rank start. `verdicts` in order of time.
 */
export function shouldStop(verdicts: readonly Verdict[], patience = 3): boolean {
  const last = verdicts.slice(-patience);
  const state = last.at(-1)?.state;
  if (last.length < patience || (state !== 'completeCollapse' && state !== 'dimensionalCollapse'))
    return false;
  return last.every((verdict) => verdict.state === state);
}
