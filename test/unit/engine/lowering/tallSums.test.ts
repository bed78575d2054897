import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../../server/nn/tf.ts';
import { randomAt } from '../../../../server/random.ts';
import { openCpu } from '../../../../server/training/engine/compiledEngine.ts';
import { lower } from '../../../../server/training/engine/onnx/lower.ts';
import { trace } from '../../../../server/training/engine/trace/trace.ts';

const shape = [64, 28, 28, 16];
const sums = ({ x }: Record<string, tf.Tensor>) => ({
  sum: tf.sum(x!, [0, 1, 2]),
  mean: tf.mean(x!, [0, 1, 2], true),
});
const inputs = { x: { shape, dtype: 'float32' } } as const;

test('the sum over a feature map is the same to the bit with any number of threads', async () => {
  const random = randomAt(0, 'tall');
  const x = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal());
  const results: Record<string, Float32Array>[] = [];
  for (const threads of [1, 2, 3]) {
    const engine = await openCpu({ threads });
    const program = await engine.program(sums, inputs);
    results.push((await program.run({ x })) as Record<string, Float32Array>);
    await engine.dispose();
  }
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
});

test('the CPU is never asked for a sum over many rows at once', () => {
  const graph = trace(sums, inputs);
  const nodes = (target: 'cpu' | 'webgpu'): number => lower(graph, target).nodeCount;
  assert.equal(nodes('cpu') - nodes('webgpu'), 1 + 2, 'one cut for both, and each is summed once more');
});
