import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { checkConfig } from '../config/check.ts';
import { compose } from '../config/compose.ts';
import { contentHash } from '../config/hash.ts';
import { hasErrors, type Problem } from '../config/problem.ts';
import type { Config } from '../config/schema.ts';
import type { OnSavePolicy } from '../protocol/editor.ts';
import type { HotChanges } from '../protocol/trainer.ts';
import { decline, forget, wasDeclined } from './declined.ts';
import { followConfig, type Step } from './followConfig.ts';
import { configOfRun, withChanges } from './runConfig.ts';
import type { StoredRun } from './store.ts';

/** Who trains, and who decides: an editor or a terminal. */
export interface LiveHost {
  /** Runs of a config file, newest first. */
  runsOf(configFile: string): readonly StoredRun[];
  /** This program trains it or has it in its queue. */
  isOwn(run: StoredRun): boolean;
  /** Nothing happens where this is false: Restricted Mode, another window trains here. */
  mayTrain(configFile: string): boolean;
  policy(configFile: string): Promise<OnSavePolicy>;
  /** Whether to do what `text` says. */
  ask(configFile: string, text: string, keys: readonly string[]): Promise<boolean>;
  update(run: StoredRun, changes: HotChanges): void;
  /** Starts the runs of these names; those that they replace end first. */
  start(configFile: string, names: ReadonlySet<string>, replaces: readonly StoredRun[]): Promise<void>;
  notice(configFile: string, level: 'info' | 'error', text: string): void;
  /** The saved config has errors: nothing is done about it. */
  invalid?(configFile: string, problems: readonly Problem[]): void;
}

interface Followed {
  readonly file: string;
  /** The file and all that it extends. */
  sources: readonly string[];
  /** Of the texts of all sources. */
  hash: string;
  /** What was said about changes that wait. */
  announced?: string;
  settling?: NodeJS.Timeout;
  busy: boolean;
  again: boolean;
}

/** A file is read when it has not changed for this long (ms): editors write in several goes. */
const WRITTEN = 150;
/** A run is started or stopped when its config has not changed for this long (ms): ten quick saves are one change. */
const SETTLED = 1000;

type StartStep = Extract<Step, { kind: 'start' }>;

/**
 * Runs that follow their config files: a save, from whatever editor, changes the live run, runs its later stages
 * again, or replaces it, by what it changes.
 */
export class LiveConfigs {
  private readonly followed = new Map<string, Followed>();
  private readonly watcher: FSWatcher;
  /** What live runs were told and have not written down yet. */
  private readonly told = new Map<string, Config>();
  private closed = false;

  constructor(private readonly host: LiveHost) {
    this.watcher = watch([], {
      ignoreInitial: true,
      atomic: true,
      awaitWriteFinish: { stabilityThreshold: WRITTEN, pollInterval: WRITTEN / 3 },
    });
    for (const event of ['add', 'change'] as const) this.watcher.on(event, (file) => this.saved(file));
    this.watcher.on('error', () => undefined); // a folder that vanished: its configs are gone with it
  }

  /** Follows these config files and what they extend, and no others. */
  follow(configFiles: Iterable<string>): void {
    const wanted = new Set(configFiles);
    for (const [file, followed] of this.followed) {
      if (wanted.has(file)) continue;
      clearTimeout(followed.settling);
      this.followed.delete(file);
      this.unwatch(followed.sources);
    }
    for (const file of wanted) {
      if (this.followed.has(file)) continue;
      const followed: Followed = { file, sources: [], hash: '', busy: false, again: false };
      this.followed.set(file, followed);
      this.look(followed);
    }
  }

  /** Compares a config with its runs again, e.g. when one has finished pretraining. */
  reconsider(configFile: string): void {
    const followed = this.followed.get(configFile);
    if (followed) void this.consider(followed, false);
  }

  /** What this run was told is in its folder now, or came too late. */
  forget(id: string): void {
    this.told.delete(id);
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { settling } of this.followed.values()) clearTimeout(settling);
    await this.watcher.close();
  }

  private saved(file: string): void {
    const changed = path.resolve(file);
    for (const followed of this.followed.values()) {
      if (followed.sources.includes(changed) && this.look(followed)) void this.consider(followed, false);
    }
  }

  /** Reads the texts and watches what they extend; true when something in them changed. */
  private look(followed: Followed): boolean {
    const files = sourcesOf(followed.file);
    const before = followed.sources;
    followed.sources = files;
    this.watcher.add(files.filter((file) => !before.includes(file)));
    this.unwatch(before.filter((file) => !files.includes(file)));
    const hash = contentHash(files.map(textOf));
    if (hash === followed.hash) return false;
    followed.hash = hash;
    return true;
  }

  private unwatch(files: readonly string[]): void {
    const others = new Set([...this.followed.values()].flatMap(({ sources }) => sources));
    this.watcher.unwatch(files.filter((file) => !others.has(file)));
  }

  /** One at a time for each file; what comes meanwhile is looked at afterwards. */
  private async consider(followed: Followed, settled: boolean): Promise<void> {
    if (followed.busy) {
      followed.again = true;
      return;
    }
    followed.busy = true;
    try {
      await this.act(followed, settled);
    } catch (error) {
      this.host.notice(followed.file, 'error', error instanceof Error ? error.message : String(error));
    } finally {
      followed.busy = false;
    }
    if (!followed.again || this.closed) return;
    followed.again = false;
    await this.consider(followed, false);
  }

  private async act(followed: Followed, settled: boolean): Promise<void> {
    const { file, hash } = followed;
    clearTimeout(followed.settling);
    if (this.closed || !this.host.mayTrain(file)) return;
    const policy = await this.host.policy(file);
    if (policy === 'off') return;
    const { runs: wanted, problems } = checkConfig(file);
    if (hasErrors(problems)) {
      this.host.invalid?.(file, problems);
      return;
    }
    const steps = followConfig(wanted, {
      runs: this.host.runsOf(file),
      isOwn: (run) => this.host.isOwn(run),
      configOf: (run) => this.told.get(run.record.id) ?? configOfRun(run),
    });
    for (const step of steps) if (step.kind === 'hot') this.tell(step);
    const starts = steps.filter((step): step is StartStep => step.kind === 'start');
    const drops = steps.flatMap((step) => (step.kind === 'drop' ? [step.run] : []));
    if (starts.length + drops.length === 0) {
      for (const step of steps) if (step.kind === 'later') this.announce(followed, step);
      return;
    }
    if (!settled) {
      followed.settling = setTimeout(() => void this.consider(followed, true), SETTLED);
      return;
    }
    if (policy === 'ask' && !(await this.agreed(followed, starts, drops))) return;
    if (this.closed) return;
    if (followed.hash !== hash) {
      followed.again = true; // it changed while somebody thought about it
      return;
    }
    const replaces = [...drops, ...starts.flatMap((step) => step.replaces ?? [])];
    await this.host.start(file, new Set(starts.map(({ name }) => name)), replaces);
  }

  private tell({ run, changes }: Extract<Step, { kind: 'hot' }>): void {
    const now = this.told.get(run.record.id) ?? configOfRun(run);
    if (now === undefined) return;
    this.told.set(run.record.id, withChanges(now, changes));
    this.host.update(run, changes);
  }

  private announce(followed: Followed, { run, keys }: Extract<Step, { kind: 'later' }>): void {
    const text = `${keys.join(', ')}: used once ${run.record.name} has pretrained.`;
    if (followed.announced === text) return;
    followed.announced = text;
    this.host.notice(followed.file, 'info', text);
  }

  private async agreed(
    followed: Followed,
    starts: readonly StartStep[],
    drops: readonly StoredRun[],
  ): Promise<boolean> {
    const { file, hash } = followed;
    if (wasDeclined(file, hash)) return false;
    const keys = [...new Set(starts.flatMap((step) => step.keys))];
    const agreed = await this.host.ask(file, question(starts, drops), keys);
    if (agreed) forget(file);
    else decline(file, hash);
    return agreed;
  }
}

/** What would happen, in one sentence. */
function question(starts: readonly StartStep[], drops: readonly StoredRun[]): string {
  const names = starts.map(({ name }) => name);
  const what =
    names.length === 0
      ? `${drops.map(({ record }) => `"${record.name}"`).join(', ')} would be stopped`
      : names.length > 1
        ? `${names.length} runs would start`
        : starts[0]!.keepsPretraining
          ? `"${names[0]}" would keep its pretraining and run its later stages again`
          : starts[0]!.replaces
            ? `"${names[0]}" would be stopped with a checkpoint and a new run would take its place`
            : `A new run of "${names[0]}" would start`;
  const keys = [...new Set(starts.flatMap((step) => step.keys))];
  const because =
    keys.length === 0 ? '' : ` because of ${keys.slice(0, 3).join(', ')}${keys.length > 3 ? ' ...' : ''}`;
  return `${what}${because}.`;
}

/** The file and all that it extends, as far as they can be read. */
function sourcesOf(file: string): readonly string[] {
  return compose(file, { readFile: textOf }).files;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
