/**
 * After how many milliseconds the editor is told of the same node again: at first at least these, and twice of what its
 * last answer took; then twice as long each time, up to the longest.
 */
const patience = { first: 2000, longest: 60_000 } as const;

/** The editor is told this often of a node; after that it has probably lost the node itself. */
const enough = 3;

interface Told {
  /** When it was told for the first time. */
  readonly since: number;
  readonly times: number;
  /** When to tell again. */
  readonly due: number;
}

/**
 * What the editor holds of a tree, and which nodes it must be told of now. The editor works off what it is told one
 * after the other, however slow it is, and then asks for the node as it is by that time. So nothing is told while it
 * has not asked yet: progress twice a second would queue up on a busy machine, and a new run would wait behind it for
 * a minute. But it also drops what it hears of a node that it is just fetching, or below one, and would show the old
 * one for good; so it is told again, ever more rarely.
 */
export class Delivery {
  readonly #given = new Map<string, string>();
  readonly #told = new Map<string, Told>();
  /** How long the editor took to ask for what it was told of last (ms). */
  #took = 0;

  /** The editor asked for a node and was given this. */
  give(node: string, text: string, now: number): void {
    const told = this.#told.get(node);
    if (told !== undefined) this.#took = now - told.since;
    this.#given.set(node, text);
    this.#told.delete(node);
  }

  /** Whether the editor holds another text of a node than this; not of nodes that it never asked for. */
  differs(node: string, text: string): boolean {
    const given = this.#given.get(node);
    return given !== undefined && given !== text;
  }

  /** Whether the editor must be told now that a node is `text`; it counts as told. */
  tell(node: string, text: string, now: number): boolean {
    if (!this.differs(node, text)) return false;
    const told = this.#told.get(node);
    if (told !== undefined && now < told.due) return false;
    const { since, times } = told ?? { since: now, times: 0 };
    const wait = Math.max(patience.first, 2 * this.#took) * 2 ** times;
    this.#told.set(node, { since, times: times + 1, due: now + Math.min(wait, patience.longest) });
    return true;
  }

  /** Whether the editor was told of a node often enough to ask for it: it may not know it any more. */
  lost(node: string): boolean {
    return (this.#told.get(node)?.times ?? 0) >= enough;
  }

  /** After how many milliseconds to look again whether the editor has asked; undefined when nothing is open. */
  nextLook(now: number): number | undefined {
    let next: number | undefined;
    for (const [node, { due }] of this.#told) {
      // Nobody tells of it any more: the node is gone, or as it was before.
      if (now >= due + patience.first) this.#told.delete(node);
      else next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.max(due - now, 1));
    }
    return next;
  }
}
