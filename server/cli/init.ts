import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { checkConfig } from '../config/check.ts';
import { hasErrors } from '../config/problem.ts';
import type { DataFacts, PlainConfig } from '../protocol/trainer.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { type FoundData, findData } from './findData.ts';
import { exitCodes, type Io, UsageError } from './io.ts';
import { shorten } from './liveRuns.ts';
import { writeConfigText } from './newConfig.ts';
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
  const data = findData(place);
  if (data === undefined) {
    const looked = statSync(place).isFile()
      ? 'is no data that Selfsup reads'
      : 'holds no data that Selfsup reads';
    throw new UsageError(
      `${folder} ${looked}. Expected images (PNG, JPEG, WebP, TIFF, IDX, NPY, NPZ, CIFAR) or a table (CSV, TSV, JSONL).`,
    );
  }
  const facts = await inspect(file, name, data, io);
  if (facts === undefined) return exitCodes.usage;
  const text = writeConfigText(name, relativePaths(data, path.dirname(file)), facts);
  const { problems } = checkConfig(file, { text, facts });
  if (hasErrors(problems)) {
    printProblems(problems, io, styleFor(io));
    return exitCodes.usage;
  }
  writeFileAtomic(file, text);
  const shown = shorten(file, io.cwd);
  io.out(`Found ${facts.summary}.\nWrote ${shown}. Start it with: selfsup train ${shown}\n`);
  return exitCodes.done;
}

/** What the folder or file is called; `digits/data` is called digits. */
function nameFor(place: string): string {
  const own = path.basename(place).replace(/\..*$/, '');
  const above = path.basename(path.dirname(place));
  return (own === 'data' && above !== '' ? above : own) || 'data';
}

/** Opens the data with the plainest config there is; problems are printed. */
async function inspect(file: string, name: string, data: FoundData, io: Io): Promise<DataFacts | undefined> {
  const draft = { name, data, encoder: { type: 'mlp' }, pretext: { method: 'autoencoder' } };
  const { config, problems } = checkConfig(file, { text: JSON.stringify(draft) });
  if (config === undefined || hasErrors(problems)) {
    printProblems(problems, io, styleFor(io));
    return undefined;
  }
  const task = { task: 'inspect', config: config as unknown as PlainConfig } as const;
  return withTrainer(io, async (trainer) => (await trainer.run(task)).facts);
}

function relativePaths(data: FoundData, from: string): FoundData {
  const relative = (file: string) => {
    const text = path.relative(from, file).split(path.sep).join('/');
    return text === '' ? '.' : text;
  };
  const { images, table, labels, test } = data;
  return {
    ...data,
    ...(images && { images: relative(images) }),
    ...(table && { table: relative(table) }),
    ...(labels && { labels: relative(labels) }),
    ...(test && { test: relativePaths(test, from) }),
  };
}
