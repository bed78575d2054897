import path from 'node:path';
import type { DataFacts } from '../../protocol/trainer.ts';
import { formatValue } from '../words.ts';
import type { FoundData } from './finder.ts';
import { finders } from './registry.ts';

export interface ProposeOptions {
  /** Where the config will be written: its paths start there. Default: the folder above the data. */
  readonly folder?: string;
  readonly name?: string;
  /** What the data turned out to be, where they have been opened: it counts instead of what names and headers tell. */
  readonly opened?: DataFacts;
}

/**
 * A commented config for data that was found: reads without problems, and names what to change first. Depends on
 * nothing but its arguments.
 */
export function proposeConfig(found: FoundData, options: ProposeOptions = {}): string {
  const finder = finders.find(({ modality }) => modality === found.modality);
  if (finder === undefined) throw new Error(`Nobody proposes configs for ${found.modality} data.`);
  const folder = options.folder ?? path.dirname(found.path);
  const relative = (file: string): string => {
    const text = path.relative(folder, file).split(path.sep).join('/');
    return formatValue(text === '' ? '.' : text.startsWith('.') ? text : `./${text}`);
  };
  const lines = [
    `# ${options.opened?.summary ?? finder.headline(found)}`,
    ...(options.opened?.notes ?? []).slice(0, 5).map((note) => `# Note: ${note}`),
    '# In VS Code, hover over a key for what it does, its range and default; Ctrl+Space offers others.',
    '# In a terminal: selfsup check <this file>, selfsup preview <this file>, selfsup train <this file>.',
    ...(options.name === undefined ? [] : [`name: ${formatValue(options.name)}`]),
    'seed: 0 # everything random is drawn from this; change it for another draw',
    '',
    ...finder.lines(found, relative, options.opened),
  ];
  return `${lines.join('\n')}\n`;
}
