import type { DownstreamConfig } from './downstream/tasks.ts';
import type { Findings } from './findings.ts';
import type { Config } from './schema.ts';
import { formatValue } from './words.ts';

/** Checks the keys of each downstream task against each other. */
export function lintDownstream({ downstream }: Config, findings: Findings): void {
  for (const [i, task] of downstream.entries()) {
    lintMode(task, i, findings);
    if (task.task === 'detection') lintBudgets(task.images, 'images', i, findings);
    else lintBudgets(task.labelsPerClass, 'labelsPerClass', i, findings);
    const twin = downstream.findIndex((other) => JSON.stringify(other) === JSON.stringify(task));
    if (twin < i) {
      findings.warn(['downstream', i], {
        code: 'conflict',
        message: `downstream[${i}] repeats downstream[${twin}]`,
        found: 'two equal entries',
        expected: 'entries that differ',
        fix: 'remove one of the two',
        solve: [{ remove: ['downstream', i] }, { remove: ['downstream', twin] }],
      });
    }
  }
}

function lintMode({ mode }: Pick<DownstreamConfig, 'mode'>, i: number, findings: Findings): void {
  if (mode !== 'lastBlocks')
    findings.noEffect(['downstream', i, 'blocks'], `mode is ${mode}, not lastBlocks`);
  if (mode === 'linear' || mode === 'frozen')
    findings.noEffect(['downstream', i, 'layerDecay'], `mode ${mode} trains no layer of the encoder`);
}

/** Budgets that are named twice, and draws where there is nothing to draw. */
function lintBudgets(
  budgets: readonly (number | 'all')[],
  key: 'labelsPerClass' | 'images',
  i: number,
  findings: Findings,
): void {
  if (budgets.every((budget) => budget === 'all'))
    findings.noEffect(['downstream', i, 'draws'], 'all labels leave nothing to draw');
  const repeated = budgets.find((budget, j) => budgets.indexOf(budget) !== j);
  if (repeated === undefined) return;
  const once = [...new Set(budgets)];
  findings.warn(['downstream', i, key], {
    code: 'conflict',
    message: `downstream[${i}].${key} names ${repeated} twice`,
    found: formatValue(budgets),
    expected: 'each budget once',
    fix: `write ${formatValue(once)}`,
    solve: [{ set: ['downstream', i, key], to: once }],
  });
}
