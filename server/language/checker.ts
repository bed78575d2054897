import type { Diagnostic } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { checkConfig } from '../config/check.ts';
import { hasErrors, type Problem, sortProblems } from '../config/problem.ts';
import type { ReadResult } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { checkAgainstData } from './dataCheck.ts';
import { inheritedProblems, type PlacedProblem, placeProblems } from './diagnostics.ts';
import type { Known } from './inlayHints.ts';
import { fileOf, isSaved, type OpenConfigs } from './openConfigs.ts';
import type { LanguageDeps } from './registerLanguage.ts';

export interface CheckerOptions {
  /** Milliseconds after the last edit until a config is checked, and from then until its data are looked at. */
  readonly checkAfter: number;
  readonly dataAfter: number;
  readonly publish: (document: TextDocument, diagnostics: readonly Diagnostic[]) => void;
  /** Something became known that lenses and hints show. */
  readonly changed: () => void;
  readonly failed: (error: unknown) => void;
}

/** What is known about the text of one open config. */
interface Checked {
  readonly result: ReadResult;
  /** Versions of the open documents it was made of, by file. */
  readonly versions: ReadonlyMap<string, number>;
  /** Problems with the data; they need the text to be without errors. */
  readonly dataProblems: readonly Problem[];
  readonly dataChecked: boolean;
}

/** Checks open configs after edits and publishes what it finds: never for a text that has changed since. */
export class Checker {
  private readonly checked = new Map<string, Checked>();
  private readonly known = new Map<string, Known & { readonly key: string }>();
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly configs: OpenConfigs,
    private readonly deps: LanguageDeps,
    private readonly options: CheckerOptions,
  ) {}

  /** A config was opened or edited: it and those that extend it are checked soon. */
  edited(document: TextDocument): void {
    this.plan(document, this.options.checkAfter);
    for (const other of this.dependents(document)) this.plan(other, this.options.checkAfter);
  }

  closed(document: TextDocument): void {
    clearTimeout(this.timers.get(document.uri));
    this.timers.delete(document.uri);
    this.checked.delete(document.uri);
    this.known.delete(document.uri);
    for (const other of this.dependents(document)) this.plan(other, this.options.checkAfter);
  }

  /** Everything again: the disk or the trust changed. */
  recheck(): void {
    for (const document of this.configs.all()) {
      this.checked.delete(document.uri);
      this.plan(document, this.options.checkAfter);
    }
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  /** All problems of a config as its text is now. */
  problems(document: TextDocument): readonly Problem[] {
    const { result, dataProblems } = this.current(document);
    return dataProblems.length === 0 ? result.problems : sortProblems([...result.problems, ...dataProblems]);
  }

  isValid(document: TextDocument): boolean {
    return !hasErrors(this.problems(document));
  }

  /** What is known of the data and the cost of a config, if it still is the one that was looked at. */
  knownOf(document: TextDocument): Known {
    const known = this.known.get(document.uri);
    const config = this.current(document).result.config;
    if (known === undefined || (config !== undefined && costKey(config) !== known.key)) return {};
    return known;
  }

  /** The problems as they are shown in a document, also those that other open configs found in it. */
  placed(document: TextDocument): PlacedProblem[] {
    const file = fileOf(document);
    const text = document.getText();
    const found = this.configs
      .all()
      .flatMap((other) => (other === document || this.extendsFile(other, file) ? this.problems(other) : []));
    const own = this.problems(document);
    return [
      ...placeProblems(sortProblems(found), file, text),
      ...inheritedProblems(own, file, text, (other) => this.configs.at(other) !== undefined),
    ];
  }

  private current(document: TextDocument): Checked {
    const checked = this.checked.get(document.uri);
    if (checked !== undefined && this.isFresh(checked, document)) return checked;
    return this.check(document);
  }

  private check(document: TextDocument): Checked {
    const file = fileOf(document);
    const result = checkConfig(file, {
      text: document.getText(),
      readFile: this.configs.readFile,
      paths: this.deps.trusted() && isSaved(document),
    });
    const versions = new Map<string, number>([[file, document.version]]);
    for (const other of result.files) {
      const open = this.configs.at(other);
      if (open !== undefined) versions.set(other, open.version);
    }
    const checked: Checked = { result, versions, dataProblems: [], dataChecked: false };
    this.checked.set(document.uri, checked);
    return checked;
  }

  private isFresh({ versions, result }: Checked, document: TextDocument): boolean {
    if (versions.get(fileOf(document)) !== document.version) return false;
    return result.files.every(
      (file) => file === fileOf(document) || this.configs.at(file)?.version === versions.get(file),
    );
  }

  private plan(document: TextDocument, delay: number): void {
    clearTimeout(this.timers.get(document.uri));
    const timer = setTimeout(() => {
      this.timers.delete(document.uri);
      this.run(document.uri).catch(this.options.failed);
    }, delay);
    this.timers.set(document.uri, timer);
  }

  private async run(uri: string): Promise<void> {
    const document = this.configs.get(uri);
    if (document === undefined) return;
    const checked = this.current(document);
    this.publish(document);
    this.options.changed();
    if (checked.dataChecked || !this.deps.trusted() || !isSaved(document) || !this.isValid(document)) return;
    const timer = setTimeout(() => {
      this.timers.delete(uri);
      this.lookAtData(uri, checked).catch(this.options.failed);
    }, this.options.dataAfter);
    this.timers.set(uri, timer);
  }

  /** Opens the data of a config without errors; forgotten when the text changes meanwhile. */
  private async lookAtData(uri: string, checked: Checked): Promise<void> {
    const isCurrent = (): TextDocument | undefined => {
      const document = this.configs.get(uri);
      const same =
        document !== undefined && this.checked.get(uri) === checked && this.isFresh(checked, document);
      return same ? document : undefined;
    };
    const { problems, facts } = await checkAgainstData(
      checked.result.runs,
      this.deps,
      () => isCurrent() !== undefined,
    );
    const document = isCurrent();
    const config = checked.result.config;
    if (document === undefined || config === undefined) return;
    this.checked.set(uri, { ...checked, dataProblems: problems, dataChecked: true });
    const key = costKey(config);
    if (facts !== undefined) this.known.set(uri, { key, facts });
    this.publish(document);
    this.options.changed();
    if (facts === undefined || hasErrors(problems)) return;
    const estimate = await this.deps.estimate(config).catch(() => undefined);
    if (estimate === undefined || this.known.get(uri)?.key !== key) return;
    this.known.set(uri, { key, facts, estimate });
    this.options.changed();
  }

  /** A document's own problems, and anew those of the configs it extends, which show what is wrong in them. */
  private publish(document: TextDocument): void {
    const { result } = this.current(document);
    const shown = [document, ...result.files.flatMap((file) => this.configs.at(file) ?? [])];
    for (const each of new Set(shown)) {
      this.options.publish(
        each,
        this.placed(each).map(({ diagnostic }) => diagnostic),
      );
    }
  }

  private dependents(document: TextDocument): TextDocument[] {
    const file = fileOf(document);
    return this.configs.all().filter((other) => other.uri !== document.uri && this.extendsFile(other, file));
  }

  private extendsFile(document: TextDocument, file: string): boolean {
    return this.checked.get(document.uri)?.result.files.includes(file) ?? false;
  }
}

/** What facts and estimate depend on. */
function costKey({ data, seed, encoder, pretext, train }: Config): string {
  const { batchSize, device, accumulate, threads } = train;
  return JSON.stringify([data, seed, encoder, pretext, batchSize, device, accumulate, threads]);
}
