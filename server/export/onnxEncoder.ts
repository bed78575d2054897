import { onnx } from 'onnx-proto';
import type { Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import type { Engine, PureFunction } from '../training/engine/engine.ts';
import { createForward } from '../training/engine/forward.ts';
import { lower } from '../training/engine/onnx/lower.ts';
import { trace } from '../training/engine/trace/trace.ts';
import { anyBatchSize, BatchSizeError, type Lowering, type NodesAndConstants } from './batchSize.ts';
import {
  checkNormalization,
  describeEncoder,
  type InputFacts,
  inputType,
  type TrainedEncoder,
} from './encoderFacts.ts';
import { verifyOnnx } from './onnxVerify.ts';

/** An encoder as an ONNX file. */
export interface OnnxEncoder {
  readonly bytes: Uint8Array;
  /** Samples per call: any number, or only one. */
  readonly batch: 'any' | 1;
  /** With a batch of one: a sentence that says why. */
  readonly note?: string;
  /** Largest difference from the engine's features, relative to the largest feature (at least 1). */
  readonly error: number;
}

/** Primes that no layer is likely to use as a size of its own. */
const batches = [211, 223, 227] as const;

/**
 * The frozen encoder as an ONNX model of standard operators.
 *
 * Input `x`, float32: images [batch, height, width, channels] with pixels in 0..1 (the data's mean and standard
 * deviation are part of the model), or encoded table rows [batch, columns]; int32 [batch, tokens] for texts. Output `features`, float32 [batch, size].
 * Weights are initializers under their parameters' names; the metadata says what the encoder is and wants.
 *
 * @param engine what the exported model is compared with before it is returned
 * @throws Error when the exported model gives other features than the engine
 */
export async function exportOnnx(trained: TrainedEncoder, engine: Engine): Promise<OnnxEncoder> {
  checkNormalization(trained.facts);
  const { graph, batch, note } = encoderGraph(trained);
  const bytes = encodeModel(trained, graph, batch);
  const error = await verifyOnnx(bytes, trained, engine, batch === 'any' ? [1, 3, 7] : [1]);
  return { bytes, batch, error, ...(note === undefined ? {} : { note }) };
}

interface EncoderGraph {
  readonly graph: NodesAndConstants;
  readonly batch: 'any' | 1;
  readonly note?: string;
}

function encoderGraph(trained: TrainedEncoder): EncoderGraph {
  const lowerings = batches.map((batch) => ({ batch, model: lowerEncoder(trained, batch) }));
  try {
    return {
      graph: anyBatchSize(lowerings as unknown as [Lowering, Lowering, Lowering], 'in:x'),
      batch: 'any',
    };
  } catch (error) {
    if (!(error instanceof BatchSizeError)) throw error;
    const { node, initializer } = lowerEncoder(trained, 1).graph!;
    return {
      graph: { nodes: node!, constants: initializer! },
      batch: 1,
      note: `The ONNX encoder takes one sample per call: ${error.message}.`,
    };
  }
}

/** The encoder for one batch size: inputs `in:x` and `in:<parameter>`, output `features`. */
function lowerEncoder(trained: TrainedEncoder, batch: number): onnx.ModelProto {
  const graph = trace(encoderFunction(trained), {
    ...Object.fromEntries(
      trained.parameters.map(({ name, shape }) => [name, { shape, dtype: 'float32' as const }]),
    ),
    x: { shape: [batch, ...trained.facts.sample.shape], dtype: inputType(trained.facts) },
  });
  const lowered = lower(graph, 'portable');
  const output = lowered.outputs.features;
  if (output === undefined) throw new Error('The features of this encoder do not depend on its input.');
  const model = onnx.ModelProto.decode(lowered.bytes);
  rename(model, output, 'features');
  return model;
}

function encoderFunction({ encoder, facts }: TrainedEncoder): PureFunction {
  return ({ x, ...tensors }) => {
    const { forward } = createForward(tensors, { training: false, target: tensors });
    return { features: encoder.features(forward, normalized(x!, facts)) };
  };
}

function normalized(x: tf.Tensor, { normalization }: InputFacts): tf.Tensor {
  if (!normalization) return x;
  return tf.div(tf.sub(x, tf.tensor1d([...normalization.mean])), tf.tensor1d([...normalization.std]));
}

function rename(model: onnx.ModelProto, from: string, to: string): void {
  const change = (names: string[]): string[] => names.map((name) => (name === from ? to : name));
  for (const node of model.graph!.node!) {
    node.input = change(node.input!);
    node.output = change(node.output!);
  }
}

function encodeModel(trained: TrainedEncoder, graph: NodesAndConstants, batch: 'any' | 1): Uint8Array {
  const { encoder, parameters, values, facts, name, version } = trained;
  const used = new Set(graph.nodes.flatMap((node) => node.input!));
  const publicName = (internal: string): string =>
    internal.startsWith('in:') ? internal.slice(3) : internal;
  const weights: onnx.ITensorProto[] = parameters
    .filter((parameter) => used.has(`in:${parameter.name}`))
    .map((parameter) => ({
      name: parameter.name,
      dataType: onnx.TensorProto.DataType.FLOAT,
      dims: [...parameter.shape],
      rawData: rawData(values, parameter.name),
    }));
  const model: onnx.IModelProto = {
    irVersion: 9,
    producerName: 'selfsup',
    producerVersion: version,
    docString: `Encoder of ${name}: ${facts.sample.modality} [${facts.sample.shape.join(', ')}] to ${encoder.size} features.`,
    opsetImport: [{ domain: '', version: 20 }], // what the engine's lowering writes
    metadataProps: Object.entries(describeEncoder(trained, 'model')).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'encoder',
      node: graph.nodes.map((node, i) => ({
        ...node,
        name: `${node.opType}${i}`,
        input: node.input!.map(publicName),
      })),
      initializer: [...weights, ...graph.constants],
      input: [valueInfo('x', batch, facts.sample.shape, inputType(facts))],
      output: [valueInfo('features', batch, [encoder.size])],
    },
  };
  requireStandard(graph.nodes);
  return onnx.ModelProto.encode(model).finish();
}

function rawData(values: Named<Float32Array>, name: string): Uint8Array {
  const array = values[name];
  if (array === undefined) throw new Error(`The values of ${name} are missing.`);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function valueInfo(
  name: string,
  batch: 'any' | 1,
  sample: readonly number[],
  type: 'float32' | 'int32' = 'float32',
): onnx.IValueInfoProto {
  const first = batch === 'any' ? { dimParam: 'batch' } : { dimValue: batch };
  const dim = [first, ...sample.map((size) => ({ dimValue: size }))];
  const elemType = type === 'int32' ? onnx.TensorProto.DataType.INT32 : onnx.TensorProto.DataType.FLOAT;
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** An operator of one runtime alone would make the file useless elsewhere. */
function requireStandard(nodes: readonly onnx.INodeProto[]): void {
  const foreign = [...new Set(nodes.filter((node) => node.domain).map((n) => `${n.domain}:${n.opType}`))];
  if (foreign.length > 0) throw new Error(`Not portable: the ONNX encoder would need ${foreign.join(', ')}.`);
}
