import type { RunSummary } from '../protocol/runView.ts';
import type { RunListener, RunService } from './runService.ts';

/** Time between two messages (ms). */
const PAUSE = 100;

/** Tells the editor which runs look different, ten times a second at most and never the same twice. */
export class RunPublisher implements RunListener {
  private readonly told = new Map<string, string>();
  private readonly dirty = new Set<string>();
  private toldOwner: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: RunService,
    private readonly send: (news: {
      readonly runs: readonly RunSummary[];
      readonly removed: readonly string[];
      readonly ownership: RunService['ownership'];
    }) => void,
  ) {}

  changed(ids: readonly string[]): void {
    for (const id of ids) this.dirty.add(id);
    this.timer ??= setTimeout(() => this.publish(), PAUSE);
  }

  ownershipChanged(): void {
    this.changed([]);
  }

  private publish(): void {
    this.timer = undefined;
    const runs: RunSummary[] = [];
    const removed: string[] = [];
    for (const id of this.dirty) {
      const summary = this.service.summary(id);
      if (summary === undefined) {
        this.told.delete(id);
        removed.push(id);
        continue;
      }
      const text = JSON.stringify(summary);
      if (this.told.get(id) === text) continue;
      this.told.set(id, text);
      runs.push(summary);
    }
    this.dirty.clear();
    const { ownership } = this.service;
    const owner = JSON.stringify(ownership);
    if (runs.length + removed.length === 0 && owner === this.toldOwner) return;
    this.toldOwner = owner;
    this.send({ runs, removed, ownership });
  }
}
