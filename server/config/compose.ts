import path from 'node:path';
import { mergeTrees } from './merge.ts';
import { type Finding, type Place, type Problem, problemAt } from './problem.ts';
import { writeInstead } from './repairs.ts';
import { closest } from './suggest.ts';
import { get, isNull, type MapTree, without } from './tree.ts';
import { formatValue, inlineValue } from './words.ts';
import { parseYaml } from './yaml.ts';

/** How files are reached: replaced in tests and for editors' unsaved text. */
export interface FileAccess {
  /** Throws where there is no such file, like `fs.readFileSync(file, 'utf8')`. */
  readFile(file: string): string;
  /** Names in a folder; empty where there is none. */
  list?(folder: string): string[];
}

export interface Composed {
  /** The file laid over what it extends, still with its own `sweep`; undefined where it cannot be checked further. */
  readonly tree?: MapTree;
  readonly problems: readonly Problem[];
  /** The file itself and all that it extends, absolute, in that order. */
  readonly files: readonly string[];
}

/** Reads a config and the chain of files that it extends. */
export function compose(file: string, access: FileAccess, text?: string): Composed {
  const problems: Problem[] = [];
  const files: string[] = [];
  const tree = load(path.resolve(file), access, text, problems, files);
  return { ...(tree !== undefined && { tree }), problems, files };
}

function load(
  file: string,
  access: FileAccess,
  given: string | undefined,
  problems: Problem[],
  files: string[],
): MapTree | undefined {
  files.push(file);
  const text = given ?? access.readFile(file);
  const parsed = parseYaml(text, file);
  problems.push(...parsed.problems);
  if (parsed.tree === undefined) return undefined;
  const own = without(parsed.tree, 'extends');
  const base = get(parsed.tree, 'extends');
  if (base === undefined || isNull(base)) return own;
  const report = (
    finding: Pick<Finding, 'message' | 'found' | 'fix' | 'repairs'> & { expected?: string },
  ): undefined => {
    problems.push(
      problemAt(base.place, {
        path: ['extends'],
        severity: 'error',
        code: 'extends',
        expected: 'the path of another config',
        ...finding,
      }),
    );
  };
  if (base.kind !== 'scalar' || typeof base.value !== 'string' || base.value === '') {
    return report({
      message: 'extends is not a path',
      found:
        base.kind === 'scalar' ? formatValue(base.value) : `a ${base.kind === 'map' ? 'mapping' : 'list'}`,
      fix: 'name one file, e.g. extends: base.selfsup.yaml',
    });
  }
  const baseFile = path.resolve(path.dirname(file), base.value);
  if (files.includes(baseFile)) {
    const chain = [...files.slice(files.indexOf(baseFile)), baseFile].map((each) => path.basename(each));
    return report({
      message: 'configs extend each other in a circle',
      found: chain.join(' -> '),
      expected: 'a chain that ends in a config without extends',
      fix: `remove extends from one of ${[...new Set(chain)].join(', ')}`,
    });
  }
  let baseText: string;
  try {
    baseText = access.readFile(baseFile);
  } catch (error) {
    return report({
      message: 'the config to extend cannot be read',
      found: `${base.value} (${reasonOf(error)})`,
      expected: 'a file that exists and can be read',
      ...suggestFile(baseFile, base.value, base.place, access),
    });
  }
  const inherited = load(baseFile, access, baseText, problems, files);
  return inherited && mergeTrees(without(inherited, 'name', 'sweep'), own);
}

function suggestFile(
  file: string,
  written: string,
  place: Place,
  access: FileAccess,
): Pick<Finding, 'fix' | 'repairs'> {
  const names = (access.list?.(path.dirname(file)) ?? []).filter((name) => /\.ya?ml$/.test(name));
  const near = closest(path.basename(file), names);
  if (near === undefined)
    return { fix: 'correct the path; it starts from the folder of the file that contains it' };
  const meant = path.posix.join(path.posix.dirname(written), near);
  return { fix: `did you mean ${meant}?`, repairs: [writeInstead(place, inlineValue(meant))] };
}

/** Why a file cannot be read, in words. */
export function reasonOf(error: unknown): string {
  const code = (error as { code?: string } | undefined)?.code;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EISDIR') return 'is a folder';
  if (code === 'ENOTDIR') return 'a part of it is a file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission';
  return code ?? 'cannot be read';
}

/** Where a file begins, for problems with the file as a whole. */
export function fileStart(file: string): Place {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
}
