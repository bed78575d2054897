import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { checkConfig } from '../config/check.ts';
import { reasonOf } from '../config/compose.ts';
import { type FolderFacts, inspectFolder } from '../config/inspectFolder.ts';
import { hasErrors } from '../config/problem.ts';
import { proposeConfig } from '../config/propose.ts';
import type { DataFacts, PlainConfig } from '../protocol/trainer.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { exitCodes, type Io, UsageError } from './io.ts';
import { shorten } from './liveRuns.ts';
import { printProblems } from './openConfig.ts';
import { styleFor } from './style.ts';
import { withTrainer } from './withTrainer.ts';

interface Options {
  readonly output?: string;
  readonly force?: boolean;
}

/** `selfsup init`: looks at a folder, opens its data and writes a commented config that fits them. */
export async function init(folder: string, { output, force = false }: Options, io: Io): Promise<number> {
  const place = path.resolve(io.cwd, folder);
  if (!existsSync(place))
    throw new UsageError(`${folder} does not exist. Give a folder with images or tables.`);
  const name = nameFor(place);
  const file = path.resolve(io.cwd, output ?? `${name}.selfsup.yaml`);
  if (existsSync(file) && !force) {
    throw new UsageError(
      `${shorten(file, io.cwd)} exists. Choose another name with --output, or overwrite it with --force.`,
    );
  }
  const found = look(place, folder);
  const options = { folder: path.dirname(file), name };
  const opened = await open(file, proposeConfig(found, options), io);
  if (opened === undefined) return exitCodes.usage;
  const text = proposeConfig(found, { ...options, opened });
  const { problems } = checkConfig(file, { text, facts: opened });
  if (hasErrors(problems)) {
    printProblems(problems, io, styleFor(io));
    return exitCodes.usage;
  }
  writeFileAtomic(file, text);
  const shown = shorten(file, io.cwd);
  io.out(`Found ${opened.summary}.\nWrote ${shown}. Start it with: selfsup train ${shown}\n`);
  return exitCodes.done;
}

/** What the folder or file is called; `digits/data` is called digits. */
function nameFor(place: string): string {
  const own = path.basename(place).replace(/\..*$/, '');
  const above = path.basename(path.dirname(place));
  return (own === 'data' && above !== '' ? above : own) || 'data';
}

/** What the folder or file holds, by names and headers. */
function look(place: string, written: string): FolderFacts {
  let found: FolderFacts | undefined;
  try {
    found = inspectFolder(place);
  } catch (error) {
    throw new UsageError(`${written} cannot be read: ${reasonOf(error)}. Change its permissions.`);
  }
  if (found !== undefined) return found;
  const looked = statSync(place).isFile() ? 'is no data' : 'holds no data';
  throw new UsageError(
    `${written} ${looked} that Selfsup reads. Expected images (PNG, JPEG, WebP, TIFF, IDX, NPY, NPZ, CIFAR) or a table (CSV, TSV, JSONL, JSON).`,
  );
}

/** Opens the data that a first proposal points at; problems are printed. */
async function open(file: string, text: string, io: Io): Promise<DataFacts | undefined> {
  return withTrainer(io, async (trainer) => {
    const { config, problems } = checkConfig(file, { text });
    if (config === undefined || hasErrors(problems)) {
      printProblems(problems, io, styleFor(io));
      return undefined;
    }
    const task = { task: 'inspect', config: config as unknown as PlainConfig } as const;
    return (await trainer.run(task)).facts;
  });
}
