import * as z from 'zod';
import type { OptionProblem } from './encoder.ts';
import { defineEncoder } from './encoder.ts';
import { sequenceEncoder } from './sequence.ts';

const options = z.object({
  width: z.int().min(4).max(2048).default(128).describe('Length of a token, 4 to 2048, a multiple of heads.'),
  depth: z.int().min(1).max(48).default(4).describe('Number of transformer blocks, 1 to 48.'),
  heads: z.int().min(1).max(64).default(4).describe('Attention heads, 1 to 64; they must divide width.'),
  mlpRatio: z
    .number()
    .min(0.25)
    .max(16)
    .default(4)
    .describe("Width of each block's hidden layer relative to width, 0.25 to 16."),
  positions: z
    .enum(['learned', 'rotary'])
    .default('learned')
    .describe(
      'How a token knows its place: learned, a vector added to it, or rotary, queries and keys turned by it, which counts distances only.',
    ),
  attention: z
    .enum(['full', 'causal'])
    .default('full')
    .describe('full: each token sees all others. causal: only those before it, as clm needs.'),
  pooling: z
    .enum(['mean', 'cls'])
    .default('mean')
    .describe(
      'The feature vector: the mean of all tokens but padding, or the first token, which begins every text.',
    ),
});

export const transformer = defineEncoder({
  type: 'transformer',
  summary: 'Transformer over the tokens of a text.',
  paper: { title: 'Attention Is All You Need', url: 'https://arxiv.org/abs/1706.03762' },
  modalities: ['text'],
  options,
  check(_, { width, heads, positions, attention, pooling }) {
    const problems: OptionProblem[] = [];
    const step = positions === 'rotary' ? 2 * heads : heads;
    if (width % step !== 0) {
      const down = Math.floor(width / step) * step;
      const near = down > 0 ? [down, down + step] : [step];
      problems.push({
        path: width % heads !== 0 ? ['heads'] : ['width'],
        found: `width ${width} with ${heads} heads${positions === 'rotary' ? ' and rotary positions' : ''}`,
        expected:
          positions === 'rotary' ? 'heads of the same, even width' : 'a width that is a multiple of heads',
        fix: `set width: ${near.join(' or ')}`,
        set: near.map((value) => ({ path: ['encoder', 'width'], value })),
      });
    }
    if (attention === 'causal' && pooling === 'cls')
      problems.push({
        path: ['pooling'],
        found: 'pooling cls with causal attention',
        expected: 'pooling mean: the first token sees no other one',
        fix: 'set pooling: mean, or attention: full',
        set: [
          { path: ['encoder', 'pooling'], value: 'mean' },
          { path: ['encoder', 'attention'], value: 'full' },
        ],
      });
    return problems;
  },
  build(scope, sample, { width, depth, heads, mlpRatio, positions, attention, pooling }) {
    const { vocabulary } = sample;
    const [length = 1] = sample.shape;
    if (vocabulary === undefined) throw new Error('A transformer needs to know how many tokens there are.');
    const sequence = sequenceEncoder(scope, {
      width,
      depth,
      heads,
      mlpRatio,
      positions,
      causal: attention === 'causal',
      pooling,
      length,
      vocabulary,
    });
    return {
      size: width,
      blocks: depth,
      sequence,
      features(forward, x) {
        const ids = sequence.ids(x);
        const present = sequence.present(ids);
        const { tokens } = sequence.encode(forward, sequence.embed(forward, ids), { present });
        return sequence.pool(tokens, present);
      },
    };
  },
});
