/**
 * The user's own samples as a pretext task sees them. Made before any training, redrawn on each edit.
 */
export interface PretextPreview {
  readonly method: string;
  /** One sentence on what is shown. */
  readonly summary: string;
  readonly blocks: readonly PreviewBlock[];
  /** Milliseconds it took. */
  readonly took: number;
}

export type PreviewBlock =
  /** Rows of pictures, of images and of spectrograms, that belong together column by column: original, masked, restored by ... */
  | {
      readonly kind: 'images';
      readonly rows: readonly {
        readonly title: string;
        /** What the row tells ("untrained", "step 300 of run ...", "view 1: crop, flip"). */
        readonly detail?: string;
        /** PNG as data URL, one per sample. */
        readonly pictures: readonly string[];
      }[];
      /** What the samples sound like: WAV as data URL, one per sample. */
      readonly sounds?: readonly string[];
    }
  /** Table rows before and after; `changed` marks the cells that the task corrupted. */
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly {
        readonly title: string;
        readonly cells: readonly { readonly text: string; readonly changed: boolean }[];
      }[];
    }
  | TextBlock;

/** Texts, each as lines below each other: as it is, what the encoder sees of it, what networks say is hidden. */
export interface TextBlock {
  readonly kind: 'text';
  readonly texts: readonly {
    /** The name of the sample. */
    readonly title: string;
    readonly lines: readonly { readonly title: string; readonly pieces: readonly TextPiece[] }[];
  }[];
}

/** Tokens that are shown alike, as they read: with a space in front where a word begins. */
export interface TextPiece {
  readonly text: string;
  /** Not there: as it is in the text. */
  readonly state?:
    | 'hidden' // masked, or exchanged for another one
    | 'right' // the best guess is the token
    | 'wrong';
  /** Of a guess: the most probable tokens, best first, and the probability of each, 0..1. */
  readonly guesses?: readonly { readonly text: string; readonly probability: number }[];
}
