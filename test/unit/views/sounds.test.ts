import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomAt } from '../../../server/random.ts';
import { ViewRenderer } from '../../../server/views/pipeline.ts';
import { parseViews } from '../../../server/views/recipe.ts';

const [bands, frames] = [20, 50];
/** Band b at frame t: 100 b + t. */
const spectrogram = Float32Array.from(
  { length: bands * frames },
  (_, i) => 100 * Math.floor(i / frames) + (i % frames),
);
const masked = -7;

function render(views: object, draw: number, unit = 1): Float32Array {
  const renderer = new ViewRenderer(parseViews(views), [bands, frames], 1, [masked], unit);
  const image = { height: bands, width: frames, channels: 1, data: spectrogram };
  return renderer.render(image, randomAt(3, 'test', draw)).data.slice();
}

const draws = Array.from({ length: 40 }, (_, draw) => draw);

test('a time mask hides whole frames that follow each other, never more than was said', () => {
  const widths = draws.map((draw) => {
    const view = render({ timeMask: 0.2 }, draw);
    const hidden = Array.from({ length: frames }, (_, t) => view[t] === masked);
    for (let i = 0; i < view.length; i++) assert.equal(view[i], hidden[i % frames] ? masked : spectrogram[i]);
    const first = hidden.indexOf(true);
    const width = hidden.filter(Boolean).length;
    assert.ok(width === 0 || hidden.slice(first, first + width).every(Boolean));
    return width;
  });
  assert.equal(Math.max(...widths), 10);
  assert.ok(new Set(widths).size > 5);
});

test('a frequency mask hides whole bands; several masks, and the probability', () => {
  const widths = draws.map((draw) => {
    const view = render({ frequencyMask: { size: 0.25, count: 2 } }, draw);
    const hidden = Array.from({ length: bands }, (_, band) => view[band * frames] === masked);
    for (let i = 0; i < view.length; i++)
      assert.equal(view[i], hidden[Math.floor(i / frames)] ? masked : spectrogram[i]);
    return hidden.filter(Boolean).length;
  });
  assert.ok(Math.max(...widths) > 5 && Math.max(...widths) <= 10);
  const never = render(
    { frequencyMask: { size: 1, probability: 0 }, timeMask: { size: 1, probability: 0 } },
    0,
  );
  assert.deepEqual(never, spectrogram);
});

test('gain adds the same to every value: dB as natural logarithms of power', () => {
  const changes = draws.map((draw) => {
    const view = render({ gain: 6 }, draw);
    const change = view[0]! - spectrogram[0]!;
    for (let i = 0; i < view.length; i++) assert.ok(Math.abs(view[i]! - spectrogram[i]! - change) < 1e-3);
    return change;
  });
  const most = (6 / 10) * Math.log(10);
  assert.ok(changes.every((change) => Math.abs(change) <= most));
  assert.ok(Math.max(...changes) > 0.8 * most && Math.min(...changes) < -0.8 * most);
});

test('a shift in time moves frames around the end and leaves bands where they are', () => {
  const shifts = draws.map((draw) => {
    const view = render({ timeShift: 0.1 }, draw);
    const shift = (frames - view[0]!) % frames;
    for (let i = 0; i < view.length; i++) {
      const [band, t] = [Math.floor(i / frames), i % frames];
      assert.equal(view[i], 100 * band + ((t - shift + frames) % frames));
    }
    return shift > frames / 2 ? shift - frames : shift;
  });
  assert.equal(Math.min(...shifts), -5);
  assert.equal(Math.max(...shifts), 5);
});

test('noise counts in standard deviations of the data', () => {
  const spread = (unit: number) => {
    const view = render({ noise: 0.5 }, 0, unit);
    const changes = view.map((value, i) => value - spectrogram[i]!);
    return Math.sqrt(changes.reduce((sum, value) => sum + value ** 2, 0) / changes.length);
  };
  assert.ok(Math.abs(spread(1) - 0.5) < 0.05);
  assert.ok(Math.abs(spread(3) - 1.5) < 0.15);
});
