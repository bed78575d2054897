import type { RunState } from '../../server/protocol/run.ts';
import type { IconName } from '../icons.ts';

/** States of a run in words, with an icon and a tone: never told by colour alone. */
export const stateLooks: Readonly<
  Record<RunState, { readonly title: string; readonly icon: IconName; readonly tone: Tone }>
> = {
  queued: { title: 'Queued', icon: 'clock', tone: 'quiet' },
  preparing: { title: 'Preparing', icon: 'clock', tone: 'active' },
  running: { title: 'Running', icon: 'running', tone: 'active' },
  finished: { title: 'Finished', icon: 'check', tone: 'good' },
  stopped: { title: 'Stopped', icon: 'stopped', tone: 'quiet' },
  failed: { title: 'Failed', icon: 'error', tone: 'bad' },
  superseded: { title: 'Superseded', icon: 'dash', tone: 'quiet' },
  dead: { title: 'Process gone', icon: 'error', tone: 'bad' },
};

export type Tone = 'good' | 'warn' | 'bad' | 'active' | 'quiet';

export function isLive(state: RunState): boolean {
  return state === 'queued' || state === 'preparing' || state === 'running';
}
