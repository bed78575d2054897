import type { Result } from '../../protocol/run.ts';
import { probeKnn, probeLinear } from './probes.ts';
import { featureVariants, type Judged, represent } from './representation.ts';
import { labelledSplit } from './samples.ts';

/** Which measures the final evaluation takes. */
export interface EvaluateOptions {
  readonly knn: { readonly k: number; readonly temperature: number } | false;
  readonly linearProbe: boolean;
  /** Also raw input and the untrained encoder; default true. */
  readonly controls?: boolean;
  readonly onResult?: (result: Result) => void;
}

/** Numbers, and sentences on what could not be measured and why. */
export interface Evaluation {
  readonly results: readonly Result[];
  readonly notes: readonly string[];
}

/**
 * The final evaluation of an encoder with all labels: offline kNN and linear probe on its frozen features, beside
 * the same on the raw input and on the untrained encoder. Data without usable labels gives a note, not an error.
 */
export async function evaluateEncoder(judged: Judged, options: EvaluateOptions): Promise<Evaluation> {
  const { knn, linearProbe, controls = true, onResult } = options;
  if (knn === false && !linearProbe) return { results: [], notes: [] };
  const labelled = labelledSplit(judged.dataset);
  if ('missing' in labelled) {
    return { results: [], notes: [`${labelled.missing} kNN and linear probe are not measured.`] };
  }
  const { train, test, classes } = labelled;
  const { engine, seed, signal, onProgress } = judged;
  const probe = { classes, engine, signal };
  const results: Result[] = [];
  const report = (result: Result) => {
    results.push(result);
    onResult?.(result);
  };
  for (const variant of controls ? featureVariants : (['pretrained'] as const)) {
    const representation = await represent(variant, judged, train, test);
    if (knn !== false) {
      onProgress?.(`${variant}: kNN`);
      report(await probeKnn(representation, train, knn, probe));
    }
    if (linearProbe) {
      onProgress?.(`${variant}: linear probe`);
      report(await probeLinear(representation, train, 'all', 1, seed, probe));
    }
  }
  return { results, notes: [] };
}
