import type { InputFacts, TrainedEncoder } from '../../../server/export/encoderFacts.ts';
import { randomAt } from '../../../server/random.ts';
import { buildEncoder } from '../../support/encoders.ts';

/** An encoder whose every value is random, buffers too, so that none can be left out unnoticed. */
export function trainedEncoder(
  type: string,
  facts: InputFacts,
  options: Record<string, unknown> = {},
): TrainedEncoder {
  const { encoder, parameters } = buildEncoder(type, facts.sample, options);
  const values: Record<string, Float32Array> = {};
  for (const { name, shape } of parameters) {
    const random = randomAt(7, name);
    const size = shape.reduce((a, b) => a * b, 1);
    const fan = shape.length > 1 ? size / shape.at(-1)! : 1;
    const draw = /runningVariance/.test(name)
      ? () => random.between(0.5, 2)
      : () => random.normal() * Math.sqrt(1 / fan);
    values[name] = Float32Array.from({ length: size }, draw);
  }
  return {
    encoder,
    parameters,
    values,
    facts,
    config: { type, ...options },
    name: 'a run',
    hash: 'abc',
    version: '1.2.3',
  };
}
