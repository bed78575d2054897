import { mergeTrees } from './merge.ts';
import { type Place, type Problem, problemAt } from './problem.ts';
import { type Repair, removeAt, writeInstead } from './repairs.ts';
import { get, type MapTree, nest, type Plain, type Tree, toPlain } from './tree.ts';
import { formatValue, inlineValue } from './words.ts';

/** A grid grows fast; more runs than this are a slip of the pen. */
const maxRuns = 256;

/** One run of a sweep, before it is checked. */
export interface SweepRun {
  /** `learningRate=0.01-batchSize=64`; empty without a sweep. */
  readonly suffix: string;
  /** Changed values by dotted key. */
  readonly overrides: Readonly<Record<string, Plain>>;
  readonly tree: MapTree;
}

/** A change that a sweep makes: a dotted key, its value and where it is written. */
interface Change {
  readonly key: string;
  readonly place: Place;
  readonly value: Tree;
  /** Position among the values of this key, to name values that are no words. */
  readonly index: number;
}

/** All runs that a config asks for: one without `sweep`, else one for each combination or entry. */
export function expandSweep(tree: MapTree): { runs: SweepRun[]; problems: Problem[] } {
  const entry = tree.entries.get('sweep');
  const base: MapTree = { ...tree, entries: new Map([...tree.entries].filter(([key]) => key !== 'sweep')) };
  if (entry === undefined) return { runs: [{ suffix: '', overrides: {}, tree: base }], problems: [] };

  const problems: Problem[] = [];
  const report: Report = (place, message, found, expected, fix, repair) => {
    const common = {
      path: ['sweep'],
      severity: 'error',
      code: 'sweep',
      message,
      found,
      expected,
      fix,
    } as const;
    problems.push(problemAt(place, { ...common, ...(repair !== undefined && { repairs: [repair] }) }));
  };
  const alternatives = readAlternatives(entry.value, entry.key, report);
  if (alternatives.length === 0) return { runs: [], problems };
  if (alternatives.length > maxRuns) {
    report(
      entry.key,
      'the sweep makes too many runs',
      `${alternatives.length} runs`,
      `at most ${maxRuns}`,
      'name fewer values, or list the runs you want with sweep.list',
    );
    return { runs: [], problems };
  }
  const shortNames = shorten(alternatives.flat().map(({ key }) => key));
  const seen = new Map<string, number>();
  const runs = alternatives.map((changes): SweepRun => {
    const overrides = Object.fromEntries(changes.map(({ key, value }) => [key, toPlain(value)]));
    const words = changes.map((change) => `${shortNames.get(change.key)}=${wordFor(change)}`).join('-');
    const repeats = seen.get(words) ?? 0;
    seen.set(words, repeats + 1);
    const suffix = repeats === 0 ? words : `${words}-${repeats + 1}`;
    const changed = changes.reduce(
      (current, { key, value, place }) => mergeTrees(current, nest(key.split('.'), value, place) as MapTree),
      base,
    );
    return { suffix, overrides, tree: changed };
  });
  return { runs, problems };
}

type Report = (
  place: Place,
  message: string,
  found: string,
  expected: string,
  fix: string,
  repair?: Repair,
) => void;

function readAlternatives(sweep: Tree, at: Place, report: Report): Change[][] {
  const grid = get(sweep, 'grid');
  const list = get(sweep, 'list');
  if (sweep.kind === 'map') {
    for (const [key, { key: place }] of sweep.entries) {
      if (key !== 'grid' && key !== 'list') {
        report(
          place,
          `unknown key sweep.${key}`,
          formatValue(key),
          'grid or list',
          'write the changed key below sweep.grid, with a list of values',
        );
      }
    }
  }
  if (grid !== undefined && list !== undefined) {
    report(at, 'the sweep has a grid and a list', 'grid and list', 'one of them', 'remove one of the two');
    return [];
  }
  if (grid?.kind === 'map' && grid.entries.size > 0) return readGrid(grid, report);
  if (list?.kind === 'list' && list.items.length > 0) return readList(list.items, report);
  if (get(sweep, 'grid') !== undefined) {
    report(
      grid?.place ?? at,
      'sweep.grid is not a mapping',
      'no values by key',
      'values by dotted key',
      'write e.g. grid: { train.learningRate: [0.001, 0.01] }',
    );
  } else if (list !== undefined) {
    report(
      list.place,
      'sweep.list is not a list of changes',
      'no entries',
      'a list of mappings',
      'write e.g. list: [{ train.learningRate: 0.01 }]',
    );
  } else if (sweep.kind !== 'map' || sweep.entries.size === 0) {
    report(
      at,
      'the sweep names no runs',
      formatValue(toPlain(sweep)),
      'grid or list',
      'write e.g. sweep: { grid: { train.learningRate: [0.001, 0.01] } }',
    );
  }
  return [];
}

function readGrid(grid: MapTree, report: Report): Change[][] {
  let combinations: Change[][] = [[]];
  for (const [key, { key: place, value }] of grid.entries) {
    if (!checkKey(key, place, report)) return [];
    if (value.kind !== 'list' || value.items.length === 0) {
      report(
        value.place,
        `sweep.grid.${key} is not a list`,
        formatValue(toPlain(value)),
        'a list of values',
        `write [${formatValue(toPlain(value))}]`,
        writeInstead(value.place, `[${inlineValue(toPlain(value))}]`),
      );
      return [];
    }
    if (combinations.length * value.items.length > 1_000_000) return combinations; // reported as too many runs
    combinations = combinations.flatMap((changes) =>
      value.items.map((item, index) => [...changes, { key, place, value: item, index }]),
    );
  }
  return combinations;
}

function readList(items: readonly Tree[], report: Report): Change[][] {
  return items.flatMap((item, index): Change[][] => {
    if (item.kind !== 'map' || item.entries.size === 0) {
      report(
        item.place,
        'an entry of sweep.list is not a mapping',
        formatValue(toPlain(item)),
        'changes by dotted key',
        'write e.g. { train.learningRate: 0.01 }',
      );
      return [];
    }
    const changes = [...item.entries].flatMap(([key, { key: place, value }]) =>
      flatten(key, place, value, index),
    );
    return changes.every(({ key, place }) => checkKey(key, place, report)) ? [changes] : [];
  });
}

/** `{ train: { epochs: 5 } }` and `{ train.epochs: 5 }` are the same change. */
function flatten(key: string, place: Place, value: Tree, index: number): Change[] {
  if (value.kind !== 'map' || value.entries.size === 0) return [{ key, place, value, index }];
  return [...value.entries].flatMap(([name, entry]) =>
    flatten(`${key}.${name}`, entry.key, entry.value, index),
  );
}

function checkKey(key: string, place: Place, report: Report): boolean {
  const [first] = key.split('.');
  if (first === 'extends' || first === 'sweep' || first === 'name') {
    report(
      place,
      `a sweep cannot change ${first}`,
      formatValue(key),
      'a key of data, encoder, pretext, train ...',
      'remove it from the sweep',
      removeAt(place, key),
    );
    return false;
  }
  if (key.split('.').some((part) => part === '' || /^\d+$/.test(part) || part.includes('['))) {
    report(
      place,
      'a sweep changes keys, not entries of lists',
      formatValue(key),
      'a dotted key such as train.epochs',
      'sweep over the whole list, e.g. downstream: [[...], [...]]',
    );
    return false;
  }
  return true;
}

/** The last part of each dotted key, or all of it where two keys would be called the same. */
function shorten(keys: readonly string[]): Map<string, string> {
  const unique = [...new Set(keys)];
  const last = (key: string): string => key.split('.').at(-1) ?? key;
  return new Map(
    unique.map((key) => [
      key,
      unique.filter((other) => last(other) === last(key)).length === 1 ? last(key) : key,
    ]),
  );
}

/** A value as part of a name: words and numbers as they are, files by their own name, anything else by its position. */
function wordFor({ value, index }: Change): string {
  const text = value.kind === 'scalar' ? String(value.value) : '';
  if (/^[\w.+-]{1,40}$/.test(text)) return text;
  const file = /^[\w.+/-]*\/([\w+-]{1,40})(\.\w+)*$/.exec(text)?.[1];
  if (file !== undefined) return file;
  return String(index + 1);
}
