import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PlainConfig } from '../protocol/trainer.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { nameForData, ProposalError, proposeFor } from '../runs/newConfig.ts';
import { exitCodes, type Io, UsageError } from './io.ts';
import { shorten } from './liveRuns.ts';
import { printProblems } from './printProblems.ts';
import { styleFor } from './style.ts';
import { withTrainer } from './withTrainer.ts';

interface Options {
  readonly output?: string;
  readonly force?: boolean;
}

/** `selfsup init`: looks at a folder, opens its data and writes a commented config that fits them. */
export async function init(folder: string, { output, force = false }: Options, io: Io): Promise<number> {
  const place = path.resolve(io.cwd, folder);
  const file = path.resolve(io.cwd, output ?? `${nameForData(place)}.selfsup.yaml`);
  const shown = shorten(file, io.cwd);
  if (existsSync(place) && existsSync(file) && !force) {
    throw new UsageError(`${shown} exists. Choose another name with --output, or overwrite it with --force.`);
  }
  try {
    const { text, facts } = await withTrainer(io, (trainer) =>
      proposeFor(place, folder, file, async (config) => {
        const task = { task: 'inspect', config: config as unknown as PlainConfig } as const;
        return (await trainer.run(task)).facts;
      }),
    );
    writeFileAtomic(file, text);
    io.out(`Found ${facts.summary}.\nWrote ${shown}. Start it with: selfsup train ${shown}\n`);
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof ProposalError)) throw error;
    if (error.problems.length === 0) throw new UsageError(error.message);
    printProblems(error.problems, io, styleFor(io));
    return exitCodes.usage;
  }
}
