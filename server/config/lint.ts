import { Scope } from '../nn/parameters.ts';
import type { DataFacts } from '../protocol/trainer.ts';
import { encoderOf, methodOf } from './choices.ts';
import { kindOf } from './data/registry.ts';
import { needsLabels, placeOf } from './downstream/tasks.ts';
import { Findings } from './findings.ts';
import { lintAgainstData } from './lintData.ts';
import { lintDetection, lintDetectionEncoder } from './lintDetection.ts';
import { lintDownstream } from './lintDownstream.ts';
import { lintTraining } from './lintTraining.ts';
import { lintViews } from './lintViews.ts';
import { type Problem, sortProblems } from './problem.ts';
import { type Config, parts } from './schema.ts';
import type { Positions } from './tree.ts';
import { listWords } from './words.ts';

/**
 * Checks what no single key can tell: keys against each other and, with `facts`, against the data.
 * Errors would make the run fail or mean nothing; warnings are allowed but probably not meant.
 */
export function lintConfig(config: Config, positions: Positions, facts?: DataFacts): Problem[] {
  const findings = new Findings(positions);
  const fits = lintModality(config, findings);
  if (fits) lintParts(config, findings, facts);
  lintViews(config, findings);
  lintTraining(config, findings);
  lintData(config, findings);
  lintDownstream(config, findings);
  lintDetection(config, findings, facts);
  if (facts !== undefined && facts.modality === kindOf(config.data).modality)
    lintAgainstData(config, findings, facts);
  return sortProblems(findings.problems);
}

/** Whether method and encoder are made for this kind of data. */
function lintModality(config: Config, findings: Findings): boolean {
  const { modality } = kindOf(config.data);
  const { definition } = encoderOf(config);
  const { method } = methodOf(config);
  const wrong = (path: string[], name: string, kinds: readonly string[], others: readonly string[]): void =>
    findings.error(path, {
      code: 'conflict',
      message: `${name} is not for ${modality} data`,
      found: `${name}, which is for ${listWords(kinds, 'and')} data`,
      expected: `one of ${others.join(', ')}`,
      fix: `choose one of them, or other data`,
      solve: others.map((other) => ({ set: path, to: other })),
    });
  const encoderFits = definition.modalities.includes(modality);
  if (!encoderFits) {
    const others = Object.values(parts.encoders).filter((each) => each.modalities.includes(modality));
    wrong(
      ['encoder', 'type'],
      definition.type,
      definition.modalities,
      others.map(({ type }) => type),
    );
  }
  const methodFits = method.modalities.includes(modality);
  if (!methodFits) {
    const others = Object.values(parts.methods).filter((each) => each.modalities.includes(modality));
    wrong(
      ['pretext', 'method'],
      method.name,
      method.modalities,
      others.map(({ name }) => name),
    );
  }
  return encoderFits && methodFits;
}

/** What encoder and method say about their own options, as far as the sample's shape is known. */
function lintParts(config: Config, findings: Findings, facts: DataFacts | undefined): void {
  const kind = kindOf(config.data);
  const known =
    facts === undefined
      ? kind.shape(config.data)
      : { ...facts, ...(facts.text && { vocabulary: facts.text.vocabulary }) };
  const sample = known ?? kind.typical(config.data);
  const { definition, options } = encoderOf(config);
  const { method, options: methodOptions } = methodOf(config);
  const encoderProblems = definition.check?.(sample, options) ?? [];
  if (known !== undefined) findings.options('encoder', encoderProblems);
  const encoder = encoderProblems.length > 0 ? undefined : definition.build(new Scope(), sample, options);
  const context = {
    sample,
    encoderType: definition.type,
    encoderOptions: options,
    encoder,
    batchSize: config.train.batchSize,
  };
  findings.options('pretext', method.check?.(context, methodOptions) ?? []);

  if (encoder === undefined) return;
  lintDetectionEncoder(config, encoder, findings);
  const { blocks } = encoder;
  for (const [i, task] of config.downstream.entries()) {
    if (task.mode !== 'lastBlocks' || task.blocks <= blocks) continue;
    findings.error(['downstream', i, 'blocks'], {
      code: 'conflict',
      message: `downstream[${i}].blocks is more than the encoder has`,
      found: `${task.blocks} blocks`,
      expected: `at most ${blocks}, the blocks of this ${definition.type}`,
      fix: `write ${blocks} or less, or mode: finetune to train all of it`,
      solve: [
        { set: ['downstream', i, 'blocks'], to: blocks },
        { set: ['downstream', i, 'mode'], to: 'finetune' },
      ],
    });
  }
}

function lintData({ data, evaluate, downstream: tasks }: Config, findings: Findings): void {
  const downstream = tasks.filter(needsLabels);
  const { labelKey, labelFix, labelSolutions, unlabelled: noLabels } = kindOf(data);
  const unlabelled = noLabels(data);
  if (data.test !== undefined) {
    findings.noEffect(['data', 'testFraction'], 'data.test is given, so nothing is held out');
    findings.noEffect(['data', 'testList'], 'data.test is given, so nothing is held out');
  } else if (data.testList !== undefined) {
    findings.noEffect(['data', 'testFraction'], 'data.testList says what is held out');
  } else if (
    data.testFraction === 0 &&
    unlabelled === undefined &&
    (tasks.length > 0 || evaluate.linearProbe || evaluate.knn)
  ) {
    findings.warn(['data', 'testFraction'], {
      code: 'conflict',
      message: 'there is no test set',
      found: 'testFraction 0 and no data.test',
      expected: 'samples that training does not see, to measure on',
      fix: 'set data.testFraction: 0.2, or name a data.test',
      solve: [{ set: ['data', 'testFraction'], to: 0.2 }],
    });
  }
  if (unlabelled === undefined) return;
  const key = `data.${labelKey}`;
  if (downstream.length > 0) {
    findings.error(placeOf(tasks, downstream), {
      code: 'conflict',
      message: 'downstream needs labels',
      found: unlabelled,
      expected: `labels, given by ${key}`,
      fix: `${labelFix}, or remove downstream`,
      solve: [...labelSolutions, { remove: placeOf(tasks, downstream) }],
    });
  }
  if (evaluate.linearProbe)
    findings.noEffect(['evaluate', 'linearProbe'], 'the data has no labels', `set ${key}, or remove it`);
  if (evaluate.knn)
    findings.noEffect(['evaluate', 'knn'], 'the data has no labels', `set ${key}, or remove it`);
}
