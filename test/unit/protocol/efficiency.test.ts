import assert from 'node:assert/strict';
import { test } from 'node:test';
import { efficiencyOf, whatItBought } from '../../../server/protocol/efficiency.ts';
import { groupResults, whatPretrainingBought } from '../../../server/protocol/results.ts';
import type { Result, Variant } from '../../../server/protocol/run.ts';

const result = (changes: Partial<Result>): Result => ({
  metric: 'linearProbe',
  variant: 'pretrained',
  split: 'test',
  labelsPerClass: 'all',
  value: 0.9,
  std: 0,
  draws: 1,
  protocol: '',
  ...changes,
});

/** Values in percent at 1, 5, 20 labels per class and all of them; undefined is not measured. */
function line(metric: Result['metric'], variant: Variant, values: readonly (number | undefined)[], std = 1) {
  const budgets = [1, 5, 20, 'all'] as const;
  return values.flatMap((value, i) =>
    value === undefined
      ? []
      : [
          result({
            metric,
            variant,
            labelsPerClass: budgets[i]!,
            value: value / 100,
            std: budgets[i] === 'all' ? 0 : std / 100,
            draws: budgets[i] === 'all' ? 1 : 5,
          }),
        ],
  );
}

const said = (...results: (readonly Result[])[]) => {
  const [task, ...others] = efficiencyOf(results.flat());
  assert.ok(task && others.length === 0);
  return whatItBought(task);
};

test('labels ascend, "all" comes last and stands to the right of the largest number', () => {
  const [chart, ...others] = efficiencyOf([
    result({}),
    result({ labelsPerClass: 10, value: 0.8, std: 0.02, draws: 5 }),
    result({ labelsPerClass: 1, value: 0.5, std: 0.1, draws: 5 }),
    result({ labelsPerClass: 10, variant: 'rawInput', value: 0.7 }),
    result({ labelsPerClass: 10, variant: 'supervised', metric: 'finetune', value: 0.6 }),
  ]);
  assert.equal(others.length, 0);
  assert.deepEqual(chart!.labels, [1, 10, 'all']);
  assert.deepEqual(chart!.positions, [1, 10, 40]);
  assert.equal(chart!.unit, 'labels per class');
  assert.deepEqual(
    chart!.lines.map(({ title, points }) => [title, points.map((point) => point?.value)]),
    [
      ['supervised from scratch', [undefined, 0.6, undefined]],
      ['pretrained, linear probe', [0.5, 0.8, 0.9]],
      ['raw input', [undefined, 0.7, undefined]],
    ],
  );
});

test('neighbours, errors and training results are no lines; a later measurement replaces an earlier one', () => {
  assert.deepEqual(
    efficiencyOf([
      result({ metric: 'reconstruction', labelsPerClass: 1 }),
      result({ metric: 'knn' }),
      result({ metric: 'rmse', fitted: 'linearProbe', target: 'price', labelsPerClass: 10 }),
      result({ split: 'train', labelsPerClass: 1 }),
    ]),
    [],
  );
  const [chart] = efficiencyOf([
    result({ labelsPerClass: 1, value: 0.1 }),
    result({ labelsPerClass: 1, value: 0.2 }),
  ]);
  assert.equal(chart!.lines[0]!.points[0]!.value, 0.2);
});

test('each task has its own chart: classes, and every column that is told', () => {
  const of = (target: string) => result({ metric: 'r2', fitted: 'linearProbe', target, labelsPerClass: 20 });
  assert.deepEqual(
    efficiencyOf([result({}), of('price'), of('mass'), of('price')]).map(
      ({ title, unit, value, percent }) => [title, unit, value, percent],
    ),
    [
      ['Label efficiency', 'labels per class', 'test accuracy', true],
      ['Label efficiency, price', 'labelled rows', 'R²', false],
      ['Label efficiency, mass', 'labelled rows', 'R²', false],
    ],
  );
});

test('pretraining pays: the fewest labels at which it is clear, and what the best rival needs for the same', () => {
  assert.equal(
    said(
      line('finetune', 'pretrained', [50, 82.1, 90, 92]),
      line('finetune', 'supervised', [49.5, 70, 83, 91]),
      line('linearProbe', 'pretrained', [48, 78, 84]),
      line('linearProbe', 'rawInput', [48, 66, 75]),
    ),
    'With 5 labels per class, fine-tuning after pretraining reaches 82.1 ± 1.0 %; the same network from scratch reaches 70.0 ± 1.0 % and needs 20 labels per class for that, so pretraining saves 15 of 20 labels per class.',
  );
  assert.equal(
    said(
      line('linearProbe', 'pretrained', [60, 80]),
      line('linearProbe', 'rawInput', [40, 55]),
      line('linearProbe', 'randomEncoder', [35, 58]),
    ),
    'With 1 label per class, a linear probe on the pretrained features reaches 60.0 ± 1.0 %; the same probe on raw input reaches 40.0 ± 1.0 %, and 55.0 ± 1.0 % even with 5 labels per class.',
  );
  assert.equal(
    said(
      line('finetune', 'pretrained', [undefined, 80]),
      line('finetune', 'supervised', [undefined, 60, undefined, 85]),
    ),
    'With 5 labels per class, fine-tuning after pretraining reaches 80.0 ± 1.0 %; the same network from scratch reaches 60.0 ± 1.0 % and needs all labels for that.',
  );
  // A single number of labels: nothing is known of more.
  assert.equal(
    said(line('finetune', 'pretrained', [80]), line('finetune', 'supervised', [60])),
    'With 1 label per class, fine-tuning after pretraining reaches 80.0 ± 1.0 %; the same network from scratch reaches 60.0 ± 1.0 %.',
  );
});

test('pretraining does not pay: as good within the spread, exactly equal, or worse', () => {
  assert.equal(
    said(line('linearProbe', 'pretrained', [70, 80]), line('linearProbe', 'rawInput', [69, 79.5])),
    'Pretraining did not pay here: the same probe on raw input is as good (69.0 ± 1.0 % against 70.0 ± 1.0 % with 1 label per class).',
  );
  assert.equal(
    said(
      line('linearProbe', 'pretrained', [undefined, undefined, undefined, 70]),
      line('linearProbe', 'rawInput', [undefined, undefined, undefined, 70]),
    ),
    'Pretraining did not pay here: the same probe on raw input is as good (70.0 % against 70.0 % with all labels).',
  );
  const finer = { std: 0.0001, draws: 2, labelsPerClass: 5 } as const;
  const alike = [
    result({ ...finer, value: 0.9996 }),
    result({ ...finer, value: 0.9999, variant: 'rawInput' }),
  ];
  assert.match(said(alike), /is as good \(100\.0 ± 0\.0 % against 100\.0 ± 0\.0 %/, 'no more is written');
  assert.match(whatPretrainingBought(alike)[0]!, /: ±0\.0 points against raw input .* within the spread/);
  // Better than from scratch is not enough where raw input is better than both.
  assert.equal(
    said(
      line('finetune', 'pretrained', [undefined, 73]),
      line('finetune', 'supervised', [undefined, 68]),
      line('linearProbe', 'rawInput', [undefined, 76]),
    ),
    'Pretraining did not pay here: the same probe on raw input is better (76.0 ± 1.0 % against 73.0 ± 1.0 % with 5 labels per class).',
  );
  assert.match(
    said(line('linearProbe', 'pretrained', [60, 70]), line('linearProbe', 'rawInput', [50, 80])),
    /^With 1 label .* reaches 60\.0 .* With 5 labels per class, the same probe on raw input is better \(80\.0 ± 1\.0 % against 70\.0 ± 1\.0 %\)\.$/,
  );
});

test('an untrained encoder that is as good is a rival too', () => {
  assert.equal(
    said(
      line('linearProbe', 'pretrained', [undefined, undefined, 72]),
      line('linearProbe', 'rawInput', [undefined, undefined, 66]),
      line('linearProbe', 'randomEncoder', [undefined, undefined, 71.5]),
    ),
    'Pretraining did not pay here: the same probe on the untrained encoder is as good (71.5 ± 1.0 % against 72.0 ± 1.0 % with 20 labels per class).',
  );
});

test('without controls nothing is claimed', () => {
  assert.equal(
    said(line('finetune', 'pretrained', [70, 80])),
    'What pretraining bought is not known: nothing was measured without it.',
  );
  assert.equal(said(line('linearProbe', 'rawInput', [70, 80])), 'The pretrained encoder was not measured.');
  // Measured at different numbers of labels: nothing can be compared.
  assert.match(
    said(line('finetune', 'pretrained', [70]), line('linearProbe', 'rawInput', [undefined, 60])),
    /not known/,
  );
});

test('other scores are written as they are', () => {
  const r2 = (variant: Variant, value: number, labelsPerClass: number): Result =>
    result({
      metric: 'r2',
      fitted: 'finetune',
      target: 'mass',
      variant,
      value,
      labelsPerClass,
      std: 0.01,
      draws: 5,
    });
  assert.equal(
    said([r2('pretrained', 0.81, 20), r2('supervised', 0.62, 20), r2('supervised', 0.85, 100)]),
    'mass: with 20 labelled rows, fine-tuning after pretraining reaches R² 0.810 ± 0.010; the same network from scratch reaches R² 0.620 ± 0.010 and needs 100 labelled rows for that, so pretraining saves 80 of 100 labelled rows.',
  );
});

test('a number that was measured twice stands in one row, another protocol in a second one', () => {
  const rows = groupResults([
    result({ protocol: 'a' }),
    result({ protocol: 'a' }),
    result({ protocol: 'a', variant: 'rawInput' }),
    result({ protocol: 'b' }),
  ]);
  assert.deepEqual(
    rows.map(({ cells }) => [...cells].map(([variant, { protocol }]) => `${variant} ${protocol}`)),
    [['pretrained a', 'rawInput a'], ['pretrained b']],
  );
});
