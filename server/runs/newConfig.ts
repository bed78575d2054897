import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { checkConfig } from '../config/check.ts';
import { reasonOf } from '../config/compose.ts';
import { hasErrors, type Problem } from '../config/problem.ts';
import type { FoundData } from '../config/propose/finder.ts';
import { inspectFolder } from '../config/propose/inspectFolder.ts';
import { proposeConfig } from '../config/propose/propose.ts';
import type { Config } from '../config/schema.ts';
import type { DataFacts } from '../protocol/trainer.ts';

/** No config can be made of what is there; the message is for people. */
export class ProposalError extends Error {
  override readonly name = 'ProposalError';
  readonly kind = 'input';
  constructor(
    message: string,
    /** What is wrong with the config that would have been written. */
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
  }
}

/** A config that fits some data, not yet written. */
export interface Proposal {
  readonly text: string;
  readonly facts: DataFacts;
}

const readable =
  'images (PNG, JPEG, WebP, TIFF, IDX, NPY, NPZ, CIFAR), recordings (WAV, FLAC, OGG, Opus, MP3), ' +
  'texts (20 TXT files or more, or a larger one with a text a line) or a table (CSV, TSV, JSONL, JSON, Parquet)';

/** What the folder or file is called; `digits/data` is called digits. */
export function nameForData(place: string): string {
  const own = path.basename(place).replace(/\..*$/, '');
  const above = path.basename(path.dirname(place));
  return (own === 'data' && above !== '' ? above : own) || 'data';
}

/**
 * Looks at a folder or file, opens its data and proposes a commented config that fits them.
 * @param written the place as the user wrote it.
 * @param file where the config will be written.
 * @param facts opens the data of a config.
 * @throws ProposalError when there is no data, or none that can be used.
 */
export async function proposeFor(
  place: string,
  written: string,
  file: string,
  facts: (config: Config) => Promise<DataFacts>,
): Promise<Proposal> {
  const found = look(place, written);
  const options = { folder: path.dirname(file), name: nameForData(place) };
  const { config, problems } = checkConfig(file, { text: proposeConfig(found, options) });
  if (config === undefined || hasErrors(problems)) throw unusable(written, problems);
  const opened = await facts(config);
  const text = proposeConfig(found, { ...options, opened });
  const checked = checkConfig(file, { text, facts: opened });
  if (hasErrors(checked.problems)) throw unusable(written, checked.problems);
  return { text, facts: opened };
}

/** What the folder or file holds, by names and headers. */
function look(place: string, written: string): FoundData {
  if (!existsSync(place))
    throw new ProposalError(
      `${written} does not exist. Give a folder with images, tables, texts or recordings.`,
    );
  let found: FoundData | undefined;
  try {
    found = inspectFolder(place);
  } catch (error) {
    throw new ProposalError(`${written} cannot be read: ${reasonOf(error)}. Change its permissions.`);
  }
  if (found !== undefined) return found;
  const looked = statSync(place).isFile() ? 'is no data' : 'holds no data';
  throw new ProposalError(`${written} ${looked} that Selfsup reads. Expected ${readable}.`);
}

function unusable(written: string, problems: readonly Problem[]): ProposalError {
  const [first] = problems.filter(({ severity }) => severity === 'error');
  const why = first === undefined ? '' : ` ${first.message}: found ${first.found}. Fix: ${first.fix}.`;
  return new ProposalError(`No config fits the data in ${written}.${why}`, problems);
}
