import type { DataFacts } from '../protocol/trainer.ts';
import { kindOf } from './data/registry.ts';
import { needsLabels, placeOf, tasksOf } from './downstream/tasks.ts';
import type { Findings } from './findings.ts';
import type { Config } from './schema.ts';

/** Checks a config against what its data turned out to be. */
export function lintAgainstData(config: Config, findings: Findings, facts: DataFacts): void {
  lintSize(config, findings, facts);
  lintLabels(config, findings, facts);
  lintTargets(config, findings, facts);
  kindOf(config.data).lint?.(config.data, config, findings, facts);
}

function lintSize({ data, train, evaluate }: Config, findings: Findings, facts: DataFacts): void {
  if (train.batchSize > facts.train) {
    const largest = 2 ** Math.floor(Math.log2(Math.max(1, facts.train)));
    findings.error(['train', 'batchSize'], {
      code: 'data',
      message: 'the batch is larger than the data',
      found: `batchSize ${train.batchSize} with ${facts.train} training samples`,
      expected: `at most ${facts.train}`,
      fix: facts.train < 2 ? 'add samples' : `set train.batchSize: ${largest}`,
      solve: facts.train < 2 ? [] : [{ set: ['train', 'batchSize'], to: largest }],
    });
  }
  if (data.limit !== undefined && data.limit > facts.count) {
    findings.noEffect(['data', 'limit'], `the data has only ${facts.count} samples`);
  }
  // The default adapts itself: kNN takes what neighbours there are, and its protocol says how many.
  if (evaluate.knn && evaluate.knn.k > facts.train && findings.given('evaluate', 'knn', 'k')) {
    findings.warn(['evaluate', 'knn', 'k'], {
      code: 'data',
      message: 'kNN asks for more neighbours than there are training samples',
      found: `k ${evaluate.knn.k} with ${facts.train} training samples`,
      expected: `at most ${facts.train}`,
      fix: `set evaluate.knn.k: ${Math.max(1, Math.min(5, facts.train))}`,
      solve: [{ set: ['evaluate', 'knn', 'k'], to: Math.max(1, Math.min(5, facts.train)) }],
    });
  }
}

function lintLabels(config: Config, findings: Findings, facts: DataFacts): void {
  const { data, downstream: tasks, evaluate } = config;
  const downstream = tasks.filter(needsLabels);
  const key = `data.${kindOf(data).labelKey}`;
  const classes = facts.classes ?? [];
  // Without the labels that are asked for, there is another error already.
  if (facts.test === 0 && tasks.length > 0 && (facts.classes !== undefined || downstream.length === 0)) {
    findings.error(['downstream'], {
      code: 'data',
      message: 'there is nothing to test on',
      found: 'no test samples',
      expected: 'samples that training does not see',
      fix: 'set data.testFraction: 0.2, or name a data.test',
      solve: [{ set: ['data', 'testFraction'], to: 0.2 }],
    });
  }
  if (facts.classes === undefined) {
    if (downstream.length > 0) {
      findings.error(placeOf(tasks, downstream), {
        code: 'data',
        message: 'downstream needs labels',
        found: `no labels in ${facts.summary}`,
        expected: 'a class for at least some samples',
        fix: `set ${key}, or remove downstream`,
        solve: [{ remove: placeOf(tasks, downstream) }],
      });
    }
    if (evaluate.linearProbe)
      findings.noEffect(['evaluate', 'linearProbe'], 'the data has no labels', `set ${key}, or remove it`);
    if (evaluate.knn)
      findings.noEffect(['evaluate', 'knn'], 'the data has no labels', `set ${key}, or remove it`);
    return;
  }
  if (classes.length < 2 && downstream.length > 0) {
    findings.error(['downstream'], {
      code: 'data',
      message: classes[0] === undefined ? 'no sample has a class' : 'the data has only one class',
      found: classes[0] === undefined ? `${facts.unlabelled} samples without a label` : `only ${classes[0]}`,
      expected: 'at least two classes to tell apart',
      fix: `add samples of another class, correct ${key}, or remove downstream`,
      solve: [{ remove: ['downstream'] }],
    });
  }
  lintBudgets(config, findings, facts);
}

function lintBudgets(
  { downstream }: Config,
  findings: Findings,
  { classes, trainPerClass }: DataFacts,
): void {
  if (trainPerClass === undefined || trainPerClass.length === 0) return;
  const smallest = Math.min(...trainPerClass);
  const name = classes?.[trainPerClass.indexOf(smallest)] ?? '';
  for (const { index: i, config } of tasksOf(downstream, 'classification')) {
    for (const [j, budget] of config.labelsPerClass.entries()) {
      if (budget === 'all' || budget <= smallest) continue;
      findings.warn(['downstream', i, 'labelsPerClass', j], {
        code: 'data',
        message: `not every class has ${budget} labels`,
        found: `${budget} labels per class; class ${name} has ${smallest} training samples`,
        expected: `at most ${smallest}`,
        fix: `write ${smallest} or less; classes with fewer samples give all they have`,
        solve: smallest > 0 ? [{ set: ['downstream', i, 'labelsPerClass', j], to: smallest }] : [],
      });
    }
  }
}

/** Rows with the number that regression tells, in both splits. */
function lintTargets({ downstream }: Config, findings: Findings, { targets = [] }: DataFacts): void {
  for (const { index: i, config } of tasksOf(downstream, 'regression')) {
    const known = targets.find(({ column }) => column === config.target);
    if (known === undefined) continue;
    if (known.train < 2 || (known.test < 2 && known.test > 0)) {
      findings.error(['downstream', i, 'target'], {
        code: 'data',
        message: `too few rows have a ${config.target}`,
        found: `${known.train} of the training rows and ${known.test} of the test rows`,
        expected: 'at least 2 of each',
        fix: 'add rows with this number, or choose another column',
      });
      continue;
    }
    for (const [j, budget] of config.rows.entries()) {
      if (budget === 'all' || budget <= known.train) continue;
      findings.warn(['downstream', i, 'rows', j], {
        code: 'data',
        message: `there are no ${budget} labelled rows`,
        found: `${budget} rows; ${known.train} training rows have a ${config.target}`,
        expected: `at most ${known.train}, or all`,
        fix: `write all; fewer rows give all they have`,
        solve: [{ set: ['downstream', i, 'rows', j], to: 'all' }],
      });
    }
  }
}
