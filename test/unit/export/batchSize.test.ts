import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnx } from 'onnx-proto';
import { anyBatchSize, BatchSizeError, type Lowering } from '../../../server/export/batchSize.ts';

const { INT64, FLOAT } = onnx.TensorProto.DataType;

/** One node whose second input is a constant that may depend on the batch. */
function lowering(batch: number, node: onnx.INodeProto, constant: readonly number[], type = INT64): Lowering {
  const data = type === INT64 ? BigInt64Array.from(constant.map(BigInt)) : Float32Array.from(constant);
  const model = new onnx.ModelProto({
    graph: {
      node: [{ input: ['in:x', `c${batch % 2}`], output: ['y'], ...node }],
      initializer: [
        {
          name: `c${batch % 2}`, // names say nothing: equal constants share one, whichever came first
          dataType: type,
          dims: [constant.length],
          rawData: new Uint8Array(data.buffer),
        },
      ],
    },
  });
  return { batch, model: onnx.ModelProto.decode(onnx.ModelProto.encode(model).finish()) };
}

type Three = [Lowering, Lowering, Lowering];
const three = (make: (batch: number) => Lowering): Three => [make(5), make(8), make(11)];

function general(opType: string, constant: (batch: number) => number[], type = INT64): string[] {
  const { nodes, constants } = anyBatchSize(
    three((batch) => lowering(batch, { opType }, constant(batch), type)),
    'in:x',
  );
  const values = new Map(
    constants.map(({ name, rawData }) => [
      name!,
      `[${Array.from(new BigInt64Array(Uint8Array.from(rawData!).buffer))}]`,
    ]),
  );
  return nodes.map(
    ({ opType, input, output }) =>
      `${output} = ${opType}(${input!.map((name) => values.get(name) ?? name).join(', ')})`,
  );
}

test('what does not depend on the batch stays', () => {
  assert.deepEqual(
    general('Reshape', () => [2, 3]),
    ['y = Reshape(in:x, [2,3])'],
  );
});

test('a Reshape finds its one growing size by itself', () => {
  assert.deepEqual(
    general('Reshape', (batch) => [7, 4 * batch, 3]),
    ['y = Reshape(in:x, [7,-1,3])'],
  );
});

test('other growing sizes are computed from the input', () => {
  assert.deepEqual(
    general('Expand', (batch) => [batch, 1, 6]),
    [
      'batchSize = Shape(in:x)',
      'batchSize1 = Mul(batchSize, [1,0,0])',
      'batchSize2 = Add(batchSize1, [0,1,6])',
      'y = Expand(in:x, batchSize2)',
    ],
  );
  assert.deepEqual(
    general('Reshape', (batch) => [batch, 2 * batch]).at(-2),
    'batchSize1 = Mul(batchSize, [1,2])',
  );
  assert.deepEqual(
    general('Slice', (batch) => [batch]),
    ['batchSize = Shape(in:x)', 'y = Slice(in:x, batchSize)'],
  );
});

test('what no formula explains is refused with the place', () => {
  const refused = (lowerings: Three, message: RegExp) =>
    assert.throws(
      () => anyBatchSize(lowerings, 'in:x'),
      (error: unknown) => error instanceof BatchSizeError && message.test(error.message),
    );
  const squares = three((batch) => lowering(batch, { opType: 'Expand' }, [batch ** 2]));
  refused(squares, /^Expand \(y\) has a constant \(input 1\) that does not grow evenly with the batch size$/);
  const floats = three((batch) => lowering(batch, { opType: 'Mul' }, [1 / batch], FLOAT));
  refused(floats, /^Mul \(y\) has a constant \(input 1\) that depends on the batch size$/);
  const lengths = three((batch) => lowering(batch, { opType: 'Split' }, Array<number>(batch).fill(1)));
  refused(lengths, /^Split \(y\) has a constant \(input 1\) that depends on the batch size$/);
  const kinds = three((batch) => lowering(batch, { opType: batch > 6 ? 'Mul' : 'Add' }, [1]));
  refused(kinds, /^the graph has Add or Mul in one place/);
  const attributes = three((batch) =>
    lowering(batch, { opType: 'Concat', attribute: [{ name: 'axis', type: 2, i: batch }] }, [1]),
  );
  refused(attributes, /^Concat \(y\) is set differently for different batch sizes$/);
  const inputs = three((batch) => lowering(batch, { opType: 'Add', input: [batch > 6 ? 'a' : 'b'] }, [1]));
  refused(inputs, /^Add \(y\) takes different inputs/);
  const mixed = three((batch) => lowering(batch, { opType: 'Add', input: [batch === 8 ? 'a' : 'c1'] }, [1]));
  refused(mixed, /^Add \(y\) takes a constant for one batch size and a computed value for another$/);
  const counts = three((batch) => lowering(batch, { opType: 'Add' }, [1]));
  counts[2].model.graph!.node!.push(new onnx.NodeProto({ opType: 'Neg' }));
  refused(counts, /^the number of operations depends on the batch size$/);
});
