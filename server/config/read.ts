import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { compose, type FileAccess, fileStart, reasonOf } from './compose.ts';
import { pathWordsOf } from './data/paths.ts';
import { issuesToProblems } from './issues.ts';
import { languageNode, pathKeys } from './language.ts';
import {
  formatPath,
  hasErrors,
  type KeyPath,
  type Place,
  type Problem,
  problemAt,
  sortProblems,
} from './problem.ts';
import { removeAt } from './repairs.ts';
import { type Config, configSchema } from './schema.ts';
import { expandSweep, type SweepRun } from './sweep.ts';
import { type MapTree, type Plain, Positions, toPlain } from './tree.ts';

export interface ReadOptions {
  /** Text to read instead of the file's (an editor's unsaved buffer). */
  readonly text?: string;
  /** How other files are read; the default is the disk. */
  readonly readFile?: (file: string) => string;
}

/** One run that a config asks for. */
export interface ConfiguredRun {
  readonly name: string;
  /** What the sweep changed, by dotted key; empty without a sweep. */
  readonly overrides: Readonly<Record<string, Plain>>;
  readonly config: Config;
  /** Where its keys are written, in whichever file. */
  readonly positions: Positions;
}

export interface ReadResult {
  /** The first run's config; undefined where a problem is an error. */
  readonly config?: Config;
  /** One run, or one for each point of the sweep; empty where a problem is an error. */
  readonly runs: readonly ConfiguredRun[];
  /** Everything found, in reading order. Errors leave no config. */
  readonly problems: readonly Problem[];
  /** The file and all that it extends, absolute. */
  readonly files: readonly string[];
}

/**
 * Reads a config file: YAML, `extends`, `sweep`, every key checked. Never throws for what a user wrote.
 * Cross-field checks are `lintConfig`'s.
 */
export function readConfig(file: string, options: ReadOptions = {}): ReadResult {
  const absolute = path.resolve(file);
  const access = fileAccess(options);
  let text = options.text;
  if (text === undefined) {
    try {
      text = access.readFile(absolute);
    } catch (error) {
      return { runs: [], problems: [unreadable(absolute, error)], files: [absolute] };
    }
  }
  const { tree, problems: composed, files } = compose(absolute, access, text);
  if (tree === undefined) return { runs: [], problems: sortProblems(composed), files };

  const sweep = expandSweep(tree);
  const problems = [...composed, ...sweep.problems];
  const runs: ConfiguredRun[] = [];
  for (const run of sweep.runs) {
    const checked = checkRun(run, nameOf(absolute), problems);
    if (checked !== undefined) runs.push(checked);
  }
  const sorted = sortProblems(problems);
  const first = runs[0];
  if (first === undefined || hasErrors(sorted)) return { runs: [], problems: sorted, files };
  return { config: first.config, runs, problems: sorted, files };
}

function checkRun(run: SweepRun, fileName: string, problems: Problem[]): ConfiguredRun | undefined {
  const positions = new Positions(run.tree);
  const plain = toPlain(run.tree, resolvePath);
  const parsed = configSchema.safeParse(plain);
  const errors = parsed.success
    ? []
    : issuesToProblems(parsed.error.issues, languageNode(), plain, positions);
  const isSaid = (empty: Problem): boolean =>
    errors.some(
      ({ file, line, column }) => file === empty.file && line === empty.line && column === empty.column,
    );
  problems.push(...errors, ...warnOfEmptyValues(run.tree).filter((empty) => !isSaid(empty)));
  if (!parsed.success) return undefined;
  const base = parsed.data.name ?? fileName;
  const name = run.suffix === '' ? base : `${base}-${run.suffix}`;
  return { name, overrides: run.overrides, config: { ...parsed.data, name }, positions };
}

/** `digits.selfsup.yaml` is called digits. */
export function nameOf(file: string): string {
  return path.basename(file).replace(/(\.selfsup)?\.ya?ml$/i, '') || 'run';
}

/** Relative paths start from the folder of the file that contains them; `~/` is the home folder. */
function resolvePath(value: string, keys: KeyPath, place: Place): string {
  if (!pathKeys().has(formatPath(keys))) return value;
  if (pathWordsOf(keys.at(-1)).includes(value)) return value;
  if (value === '' || /^[a-z][a-z+]+:\/\//i.test(value)) return value;
  if (value.startsWith('~/')) return path.join(homedir(), value.slice(2));
  return path.resolve(path.dirname(place.file), value);
}

/** A key with nothing behind it counts as not given; that is said, because it is often an unfinished line. */
function warnOfEmptyValues(tree: MapTree, above: KeyPath = []): Problem[] {
  return [...tree.entries].flatMap(([name, { key, value }]): Problem[] => {
    const keys = [...above, name];
    if (value.kind === 'map') return warnOfEmptyValues(value, keys);
    if (value.kind !== 'scalar' || value.value !== null) return [];
    return [
      problemAt(key, {
        path: keys,
        severity: 'warning',
        code: 'emptyValue',
        message: `${formatPath(keys)} has no value`,
        found: 'nothing after the colon',
        expected: 'a value',
        fix: 'write a value, or remove the line; it counts as not given',
        repairs: [removeAt(key, formatPath(keys))],
      }),
    ];
  });
}

function unreadable(file: string, error: unknown): Problem {
  return problemAt(fileStart(file), {
    path: [],
    severity: 'error',
    code: 'unreadableFile',
    message: 'the config cannot be read',
    found: `${path.basename(file)} (${reasonOf(error)})`,
    expected: 'a file that exists and can be read',
    fix: 'correct the path, or let `selfsup init <folder>` write a config for your data',
  });
}

function fileAccess(options: ReadOptions): FileAccess {
  return {
    readFile: options.readFile ?? ((file) => readFileSync(file, 'utf8')),
    list: (folder) => {
      try {
        return readdirSync(folder);
      } catch {
        return [];
      }
    },
  };
}
