import { type DataConfig, kindOf } from './data/registry.ts';
import type { TableDataConfig } from './data/table.ts';
import type { DownstreamConfig, RegressionConfig } from './downstream/tasks.ts';
import type { Findings } from './findings.ts';
import { lintFineTuningViews } from './lintViews.ts';
import type { Config } from './schema.ts';
import { formatValue } from './words.ts';

/** Checks the keys of each downstream task against each other. */
export function lintDownstream(config: Config, findings: Findings): void {
  const { downstream, data } = config;
  for (const [i, task] of downstream.entries()) {
    lintMode(task, i, findings);
    if (task.task === 'detection') lintBudgets(task.images, 'images', i, findings);
    else if (task.task === 'classification') {
      lintBudgets(task.labelsPerClass, 'labelsPerClass', i, findings);
      lintFineTuningViews(config, task, ['downstream', i, 'views'], findings);
    } else {
      lintBudgets(task.rows, 'rows', i, findings);
      lintTarget(task, i, data, findings);
    }
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
  if (mode === 'linear') findings.noEffect(['downstream', i, 'head'], 'mode linear is the probe itself');
}

/** Regression tells a numeric column of a table, and not the one that holds the class. */
function lintTarget({ target }: RegressionConfig, i: number, data: DataConfig, findings: Findings): void {
  if (!isTable(data)) {
    findings.error(['downstream', i, 'task'], {
      code: 'conflict',
      message: 'regression is for tables',
      found: `data.${kindOf(data).key}`,
      expected: 'data.table, with the column that is told',
      fix: 'remove this task, or choose another one',
      solve: [{ remove: ['downstream', i] }],
    });
    return;
  }
  const at = ['downstream', i, 'target'];
  if (target === data.label)
    findings.error(at, {
      code: 'conflict',
      message: `${target} is the class already`,
      found: `data.label: ${target}`,
      expected: 'another column',
      fix: 'choose another column, or remove data.label',
      solve: [{ remove: ['data', 'label'] }],
    });
  const kind = data.columns?.[target];
  if (kind === 'categorical')
    findings.error(['data', 'columns', target], {
      code: 'conflict',
      message: `${target} is told as a number`,
      found: `categorical, and target of downstream[${i}]`,
      expected: 'a numeric column',
      fix: 'remove this line, or choose another target',
      solve: [{ remove: ['data', 'columns', target] }],
    });
  else if (kind !== undefined)
    findings.noEffect(['data', 'columns', target], `downstream[${i}] tells it, so the encoder never sees it`);
}

/** Budgets that are named twice, and draws where there is nothing to draw. */
function lintBudgets(
  budgets: readonly (number | 'all')[],
  key: 'labelsPerClass' | 'images' | 'rows',
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

function isTable(data: DataConfig): data is TableDataConfig {
  return kindOf(data).modality === 'table';
}
