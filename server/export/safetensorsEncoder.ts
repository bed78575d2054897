import type { Parameter } from '../nn/parameters.ts';
import type { Values } from '../training/engine/engine.ts';
import {
  encodeSafetensors,
  SafetensorsFile,
  type TensorData,
  type TensorInfo,
} from '../training/safetensors.ts';
import { writingFiles } from './atomicFile.ts';
import { checkNormalization, describeEncoder, type TrainedEncoder } from './encoderFacts.ts';

const format = 'selfsup-encoder';

/**
 * Writes the encoder's weights and buffers, float32, each under its parameter's name and with its shape. The
 * metadata says what the encoder is and how its input is made; unlike the ONNX file it leaves the normalization of
 * the input to the reader.
 * @throws DiskError when the disk is full; nothing is left behind.
 */
export async function writeEncoderSafetensors(file: string, trained: TrainedEncoder): Promise<void> {
  checkNormalization(trained.facts);
  const tensors = new Map<string, TensorData>();
  for (const { name, shape } of trained.parameters) {
    const values = trained.values[name];
    if (values === undefined) throw new Error(`The values of ${name} are missing.`);
    tensors.set(name, { dtype: 'F32', shape, values });
  }
  const pieces = encodeSafetensors(tensors, { format, ...describeEncoder(trained, 'caller') });
  await writingFiles([file], async (output) => {
    for (const piece of pieces) await output!.write(piece);
  });
}

export interface EncoderFile {
  readonly values: Values;
  /** As `describeEncoder` writes it; empty or different in files of other programs. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The file holds another encoder than the one it is read for; the message says what differs and what to do. */
export class EncoderMismatch extends Error {
  override readonly name = 'EncoderMismatch';
}

/**
 * Reads values for exactly these parameters.
 * @throws EncoderMismatch when a tensor is missing, unknown, of another shape or not float32
 * @throws SafetensorsError when the file is damaged
 */
export async function readEncoderSafetensors(
  file: string,
  parameters: readonly Parameter[],
): Promise<EncoderFile> {
  const source = await SafetensorsFile.open(file);
  try {
    const problems = mismatches(source.tensors, parameters);
    if (problems.length > 0)
      throw new EncoderMismatch(
        `${file} does not hold this encoder: ${problems.join('; ')}. ${advice(source.metadata)}`,
      );
    const values: Record<string, Float32Array> = {};
    for (const { name } of parameters) values[name] = await source.floats(name);
    return { values, metadata: source.metadata };
  } finally {
    await source.close();
  }
}

function mismatches(found: ReadonlyMap<string, TensorInfo>, parameters: readonly Parameter[]): string[] {
  const expected = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const missing = [...expected.keys()].filter((name) => !found.has(name));
  const unknown = [...found.keys()].filter((name) => !expected.has(name));
  const different: string[] = [];
  for (const [name, { shape }] of expected) {
    const tensor = found.get(name);
    if (tensor === undefined) continue;
    if (tensor.shape.join() !== shape.join())
      different.push(`${name} is [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`);
    else if (tensor.dtype !== 'F32') different.push(`${name} is ${tensor.dtype}, expected F32`);
  }
  return [
    ...(missing.length > 0 ? [`${count(missing.length, 'tensor')} missing (${some(missing)})`] : []),
    ...(unknown.length > 0 ? [`${count(unknown.length, 'tensor')} too many (${some(unknown)})`] : []),
    ...(different.length > 0 ? [some(different, '; ')] : []),
  ];
}

function advice(metadata: Readonly<Record<string, string>>): string {
  if (metadata.format === 'selfsup-checkpoint')
    return "It is a checkpoint of a whole training: use its run's export/encoder.safetensors.";
  const config = metadata['encoder.config'];
  const shape = metadata['input.shape'];
  return config === undefined
    ? 'It was not written by Selfsup.'
    : `It was written for encoder ${config} on samples of shape ${shape}: use the same encoder and data.size.`;
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** The first three of a list, and how many more there are. */
function some(items: readonly string[], separator = ', '): string {
  const more = items.length - 3;
  return items.slice(0, 3).join(separator) + (more > 0 ? `${separator}${more} more` : '');
}
