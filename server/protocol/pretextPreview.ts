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
    };
