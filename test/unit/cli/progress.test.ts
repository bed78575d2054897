import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ago, count, duration, figure, plural } from '../../../server/cli/format.ts';
import type { Io } from '../../../server/cli/io.ts';
import { Progress } from '../../../server/cli/progress.ts';
import { resultTable } from '../../../server/cli/results.ts';
import { styleFor } from '../../../server/cli/style.ts';
import type { HealthState, Result, TrainerEvent } from '../../../server/protocol/run.ts';

/** A progress display with a clock that is set by hand. */
function setUp(overrides: Partial<Io> = {}) {
  let text = '';
  const clock = { now: 1_000_000 };
  const io: Io = {
    out: (more) => {
      text += more;
    },
    err: () => undefined,
    terminal: false,
    columns: 200,
    color: false,
    unicode: true,
    cwd: '/',
    onInterrupt: () => () => undefined,
    ...overrides,
  };
  const progress = new Progress(io, () => clock.now);
  progress.handle({ event: 'stage', stage: 'pretrain', title: 'Pretrain', state: 'started' });
  const taken = () => {
    const lines = text;
    text = '';
    return lines;
  };
  taken();
  return { progress, clock, taken };
}

function step(step: number, steps = 1000, stepsPerEpoch = 100): TrainerEvent {
  return {
    event: 'step',
    stage: 'pretrain',
    step,
    steps,
    epoch: Math.ceil(step / stepsPerEpoch),
    epochs: steps / stepsPerEpoch,
    loss: 0.5,
    learningRate: 0.1,
    samplesPerSecond: 100,
    etaSeconds: 90,
  };
}

describe('progress without a terminal', () => {
  it('writes a line at each new epoch and every five seconds', () => {
    const { progress, clock, taken } = setUp();
    const written: number[] = [];
    for (let n = 1; n <= 1000; n++) {
      clock.now += 100; // 10 s an epoch
      progress.handle(step(n));
      if (taken() !== '') written.push(n);
    }
    const expected = Array.from({ length: 10 }, (_, epoch) => [100 * epoch + 1, 100 * epoch + 51]).flat();
    assert.deepEqual(written, expected);
  });

  it('does not flood when epochs are short', () => {
    const { progress, clock, taken } = setUp();
    let lines = 0;
    for (let n = 1; n <= 1000; n++) {
      clock.now += 10; // 100 epochs a second
      progress.handle(step(n, 1000, 1));
      if (taken() !== '') lines++;
    }
    assert.equal(lines, 10);
  });

  it('shows the newest accuracies beside the loss', () => {
    const { progress, taken } = setUp();
    const values = { knn: 0.912, linearProbe: 0.95, rankMe: 12 };
    progress.handle({ event: 'metrics', line: { time: 0, stage: 'pretrain', step: 1, epoch: 1, values } });
    progress.handle(step(1));
    assert.equal(
      taken(),
      'Pretrain    0 % · epoch 1/10 · loss 0.5000 · kNN 91.2 %, probe 95.0 % · 100 samples/s · ETA 1 min 30 s\n',
    );
  });

  it('tells a verdict when it becomes bad or good again, not every time', () => {
    const { progress, taken } = setUp();
    const states: HealthState[] = [
      'healthy',
      'unknown',
      'healthy',
      'completeCollapse',
      'completeCollapse',
      'healthy',
    ];
    const told = states.map((state) => {
      progress.handle({ event: 'verdict', verdict: { state, summary: state, fix: 'do' } });
      return taken();
    });
    assert.deepEqual(told, [
      '',
      '',
      '',
      'Verdict  completeCollapse\n  fix:   do\n',
      '',
      'Verdict  healthy\n  fix:   do\n',
    ]);
  });

  it('tells warnings and not the rest of the log', () => {
    const { progress, taken } = setUp();
    progress.handle({ event: 'log', level: 'info', text: 'x' });
    progress.handle({ event: 'log', level: 'warning', text: 'careful' });
    assert.equal(taken(), 'warning: careful\n');
  });
});

describe('progress on a terminal', () => {
  it('redraws ten times a second and keeps what was said above', () => {
    const { progress, clock, taken } = setUp({ terminal: true });
    for (let n = 1; n <= 100; n++) {
      clock.now += 10;
      progress.handle(step(n));
    }
    const drawn = taken()
      .split('\r\x1b[2K')
      .filter((line) => line !== '');
    assert.equal(drawn.length, 10);
    assert.ok(drawn[0]?.startsWith('Pretrain  ░'), drawn[0]);
    progress.handle({ event: 'log', level: 'warning', text: 'careful' });
    assert.equal(taken(), '\r\x1b[2Kwarning: careful\n');
    progress.handle({ event: 'stage', stage: 'pretrain', title: 'Pretrain', state: 'finished' });
    assert.equal(taken(), 'Pretrain  ████████████████████ done in 1.0 s · loss 0.5000\n');
  });
});

describe('bars', () => {
  it('fill in eighths, or with # where the terminal knows no better', () => {
    const { bar } = styleFor({ color: false, unicode: true });
    assert.deepEqual(
      [bar(0, 4), bar(0.28125, 4), bar(1, 4), bar(7, 4), bar(Number.NaN, 4)],
      ['░░░░', '█▏░░', '████', '████', '░░░░'],
    );
    assert.equal(styleFor({ color: false, unicode: false }).bar(0.5, 10), '[####....]');
  });
});

describe('results', () => {
  const result = (
    metric: Result['metric'],
    variant: Result['variant'],
    value: number,
    more: Partial<Result> = {},
  ): Result => {
    return {
      metric,
      variant,
      split: 'test',
      labelsPerClass: 'all',
      value,
      std: 0,
      draws: 1,
      protocol: '',
      ...more,
    };
  };
  it('stand in one table: metrics and labels down, variants across', () => {
    const text = resultTable(
      [
        result('knn', 'pretrained', 0.9),
        result('knn', 'pretrained', 0.99, { split: 'train' }),
        result('finetune', 'pretrained', 0.857, { labelsPerClass: 10, std: 0.0123, draws: 5 }),
        result('finetune', 'supervised', 0.6, { labelsPerClass: 10, std: 0.1, draws: 5 }),
        result('knn', 'rawInput', 0.8),
        result('reconstruction', 'pretrained', 0.01234),
      ],
      styleFor({ color: false, unicode: false }),
    );
    assert.equal(
      text,
      `test (accuracies in %)    pretrained  raw input    supervised
kNN, all labels                 90.0       80.0           n/a
fine-tune, 10 per class  85.7 +- 1.2        n/a  60.0 +- 10.0
reconstruction error         0.01234        n/a           n/a

fine-tune, 10 per class: +25.7 points against training from scratch (85.7 +- 1.2 % against 60.0 +- 10.0 %).

With 10 labels per class, fine-tuning after pretraining reaches 85.7 +- 1.2 %; the same network from scratch reaches 60.0 +- 10.0 %.
`,
    );
  });

  it('of nothing are no table', () => {
    assert.equal(resultTable([], styleFor({ color: false, unicode: true })), '');
  });
});

describe('words for numbers', () => {
  it('fit their size', () => {
    assert.deepEqual([0.04, 9.96, 59.6, 125, 3599, 3840].map(duration), [
      '0.0 s',
      '10.0 s',
      '1 min 00 s',
      '2 min 05 s',
      '59 min 59 s',
      '1 h 04 min',
    ]);
    assert.equal(duration(Number.POSITIVE_INFINITY), '?');
    assert.deepEqual([0, 0.5, 12345.6, 3].map(count), ['0', '0.5', '12,346', '3']);
    assert.deepEqual([0, 1e-5, 0.12345, 12.345, 1234.5, 1e6].map(figure), [
      '0.0000',
      '1.00e-5',
      '0.1235',
      '12.35',
      '1235',
      '1.00e+6',
    ]);
    assert.deepEqual([plural(1, 'step'), plural(0, 'step')], ['1 step', '0 steps']);
    const now = Date.parse('2026-01-03T00:00:00Z');
    const times = [
      '2026-01-02T23:59:50Z',
      '2026-01-02T23:30:00Z',
      '2026-01-02T00:00:00Z',
      '2025-12-31T00:00:00Z',
    ];
    assert.deepEqual(
      times.map((time) => ago(time, now)),
      ['just now', '30 min ago', '24 h ago', '3 days ago'],
    );
  });
});
