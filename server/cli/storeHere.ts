import { RunStore, workspaceRoot } from '../runs/store.ts';
import type { Io } from './io.ts';

/** The runs of the folder one stands in. */
export function storeHere(io: Io): RunStore {
  return new RunStore(workspaceRoot(io.cwd));
}
