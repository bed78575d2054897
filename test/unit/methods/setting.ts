import type { Setting } from './tiny.ts';

type EncoderSetting = Setting['encoder'];

/** What the tests of all methods must know of one: `settings/<name>.ts`, next to the method's own test. */
export interface MethodSetting {
  /** Options that keep it small, beside a small projector where it has one. */
  readonly options?: object;
  /** Smooth and smaller still, so that its gradient can be compared with differences of the loss. */
  readonly smooth?: { readonly encoder?: EncoderSetting; readonly options?: object };
  /** Encoders on which its compiled steps meet the reference, if not those usual for its data. */
  readonly encoders?: readonly EncoderSetting[];
  /** Encoders on which whole trainings do, if not one of dense layers or, for texts, a transformer. */
  readonly trained?: readonly EncoderSetting[];
  /**
   * Adam's epsilon in whole trainings. Adam divides a gradient by its own size: where the true gradient is zero, rounding
   * alone decides about a whole update, unless epsilon is larger.
   */
  readonly epsilon?: number;
  /** Images: channels that it needs, 1 by default. */
  readonly channels?: number;
  /** It draws something for each step: masks, noise, an order. */
  readonly random?: true;
  /** It compares the samples of a batch, so that one alone is refused. */
  readonly compares?: true;
  /** Two views, of which one is looked for from the other: exchanged, they give another loss. */
  readonly directed?: true;
}

export const mlp: EncoderSetting = { type: 'mlp', hidden: [12, 6], activation: 'tanh' };
export const rectified: EncoderSetting = { type: 'mlp', hidden: [12, 6] };
export const convnet: EncoderSetting = { type: 'convnet', width: 4, size: 12 };
export const vit: EncoderSetting = { type: 'vit', patch: 4, width: 16, depth: 1, heads: 2 };
export const transformer: EncoderSetting = { type: 'transformer', width: 16, depth: 1, heads: 2 };

/** The same for differences. */
export const smooth = {
  mlp: { type: 'mlp', hidden: [7], activation: 'tanh' },
  vit: { type: 'vit', patch: 2, width: 8, depth: 1, heads: 2 },
  transformer: { type: 'transformer', width: 8, depth: 1, heads: 2 },
  decoder: { activation: 'tanh' },
} as const;
