import type { Values } from '../training/engine/engine.ts';
import type { RunContext } from './context.ts';

export async function exportStage(_context: RunContext, _values: Values): Promise<string[]> {
  return [];
}
