/** How long the editor may take to ask for a node that it was told of, and how often it is told again. */
const patience = { ms: 2000, times: 5 } as const;

interface Told {
  readonly text: string;
  readonly at: number;
  readonly times: number;
}

/**
 * What the editor holds of a tree, and which nodes it must be told of. The editor asks for nodes when it was told that
 * they changed; but it drops what it hears of a node that it is just fetching, or below one, and would show the old
 * one for good. So a node counts as shown when it was asked for, and until then it is told of again.
 */
export class Delivery {
  readonly #given = new Map<string, string>();
  readonly #told = new Map<string, Told>();

  /** The editor asked for a node and was given this. */
  give(node: string, text: string): void {
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
    const again = told?.text === text;
    if (again && (now - told.at < patience.ms || told.times >= patience.times)) return false;
    this.#told.set(node, { text, at: now, times: again ? told.times + 1 : 1 });
    return true;
  }

  /** After how many milliseconds to look again whether the editor has asked; undefined when nothing is open. */
  nextLook(now: number): number | undefined {
    const open = [...this.#told].filter(([, { times }]) => times < patience.times);
    const gone = open.filter(([, { at }]) => now - at > 2 * patience.ms); // nobody tells of them any more
    for (const [node] of gone) this.#told.delete(node);
    return open.length > gone.length ? patience.ms : undefined;
  }
}
