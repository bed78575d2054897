import type { RunSummary } from '../../../server/protocol/runView.ts';

/** A run as the server describes it; `changes` over a finished one. */
export function summary(changes: Partial<RunSummary> = {}): RunSummary {
  return {
    id: '20260131-142501-digits',
    name: 'digits',
    folder: '/work/.selfsup/runs/20260131-142501-digits',
    configFile: '/work/digits.selfsup.yaml',
    state: 'finished',
    created: '2026-01-31T14:25:01.000Z',
    best: {},
    resumable: false,
    foreign: false,
    ...changes,
  };
}
