import { methods as registry } from '../methods/registry.ts';
import { exitCodes, type Io } from './io.ts';
import { styleFor } from './style.ts';

/** `selfsup methods`: the pretext methods, what each is for and its paper. */
export function methods({ json = false }: { json?: boolean }, io: Io): number {
  const list = Object.values(registry).map(({ name, title, summary, family, modalities, paper }) => {
    return { name, title, summary, family, modalities, paper };
  });
  if (json) {
    io.out(`${JSON.stringify(list, null, 2)}\n`);
    return exitCodes.done;
  }
  const style = styleFor(io);
  const width = Math.max(...list.map(({ name }) => name.length)) + 2;
  for (const { name, title, summary, modalities, paper } of list) {
    const indent = ' '.repeat(width);
    io.out(`${style.bold(name.padEnd(width))}${title} (${modalities.join(', ')})\n`);
    io.out(`${indent}${summary}\n`);
    io.out(`${indent}${style.dim(`${paper.title}, ${paper.url}`)}\n`);
  }
  return exitCodes.done;
}
