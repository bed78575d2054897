import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputArray } from '../../../../server/methods/method.ts';
import { openCpu, openWebgpu } from '../../../../server/training/engine/compiledEngine.ts';
import { openReference } from '../../../../server/training/engine/eager.ts';
import type { Engine } from '../../../../server/training/engine/engine.ts';
import { kernels } from '../../../../server/training/engine/onnx/kernels/index.ts';
import { trace } from '../../../../server/training/engine/trace/trace.ts';
import { withSoftwareVulkan } from '../../../softwareVulkan.ts';
import { assertClose } from '../../../support/numeric.ts';
import { convolutionCases } from './convolutionCases.ts';
import { elementwiseCases } from './elementwiseCases.ts';
import { imageCases } from './imageCases.ts';
import { pickCases } from './pickCases.ts';
import { shapeCases } from './shapeCases.ts';
import { type Case, results, together } from './table.ts';

const cases: Readonly<Record<string, readonly Case[]>> = {
  ...elementwiseCases,
  ...shapeCases,
  ...pickCases,
  ...convolutionCases,
  ...imageCases,
};
/** Sine and its relatives are only so exact in shaders. */
const inexact = new Set(['Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Atan2']);

/** Not-a-number and infinities must be the same, all else close. */
function assertSame(actual: InputArray, expected: InputArray, tolerance: number, what: string): void {
  const finite = (array: InputArray): number[] =>
    Array.from(array, (value, i) => (Number.isFinite(expected[i]) ? value : 0));
  for (const [i, value] of expected.entries())
    if (!Number.isFinite(value))
      assert.ok(Object.is(actual[i], value), `${what}[${i}]: ${actual[i]}, not ${value}`);
  assertClose(finite(actual), finite(expected), tolerance, what);
}

async function compare(engine: Engine, kernel: string): Promise<void> {
  const list = cases[kernel]!;
  const reference = await openReference();
  const tolerance = engine.device === 'webgpu' && inexact.has(kernel) ? 2e-4 : 2e-5;
  const { fn, inputs, arrays } = together(list);
  const expected = await results(await reference.program(fn, inputs), arrays);
  const actual = await results(await engine.program(fn, inputs), arrays);
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) assertSame(actual[name]!, values, tolerance, name);
}

withSoftwareVulkan(import.meta.url, async () => {
  for (const [kernel, list] of Object.entries(cases))
    test(`${kernel} on WebGPU equals the reference (${list.length} cases)`, async () => {
      await compare(await openWebgpu(), kernel);
    });
});

if (process.env.SELFSUP_SOFTWARE_VULKAN !== '1') {
  test('every kernel has cases, and they use it', async () => {
    await openReference();
    assert.deepEqual(Object.keys(cases).sort(), Object.keys(kernels).sort());
    for (const [kernel, list] of Object.entries(cases)) {
      const { fn, inputs } = together(list);
      const used = new Set(trace(fn, inputs).nodes.map((node) => node.kernel));
      assert.ok(used.has(kernel), `the cases of ${kernel} use ${[...used]}`);
    }
  });

  for (const [kernel, list] of Object.entries(cases))
    test(`${kernel} on the CPU equals the reference (${list.length} cases)`, async () => {
      await compare(await openCpu({ threads: 1 }), kernel);
    });
}
