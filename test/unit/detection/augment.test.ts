import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomAt } from '../../../server/random.ts';
import type { TrueBox } from '../../../server/training/data/boxes/boxes.ts';
import { moveBox, moveScene } from '../../../server/training/downstream/detection/augment.ts';
import { compose, identity, invert, stretch } from '../../../server/views/affine.ts';
import { parseViews } from '../../../server/views/recipe.ts';

const [height, width] = [48, 64];
const size = { height, width, channels: 1 };

/** A dark image with one bright rectangle. */
function draw({ x, y, width: w, height: h }: TrueBox): Float32Array {
  return Float32Array.from({ length: height * width }, (_, i) => {
    const [u, v] = [i % width, Math.floor(i / width)];
    return u >= x && u < x + w && v >= y && v < y + h ? 1 : 0;
  });
}

/** The box around the pixels that are more bright than dark; undefined where there are none. */
function brightBox(image: Float32Array) {
  const lit = [...image.entries()].filter(([, value]) => value > 0.5).map(([i]) => i);
  if (lit.length === 0) return undefined;
  const columns = lit.map((i) => i % width);
  const rows = lit.map((i) => Math.floor(i / width));
  const [left, top] = [Math.min(...columns), Math.min(...rows)];
  return { x: left, y: top, right: Math.max(...columns) + 1, bottom: Math.max(...rows) + 1 };
}

const recipes = {
  flip: { flip: { horizontal: 0.5, vertical: 0.5 } },
  shift: { shift: 0.4 },
  scale: { scale: [0.6, 1.6] },
  crop: { crop: { area: [0.3, 1], aspect: [0.6, 1.6] } },
  all: { flip: true, crop: [0.5, 1], shift: 0.2, scale: [0.8, 1.25] },
};

for (const [name, views] of Object.entries(recipes)) {
  test(`a drawn box and its coordinates move together: ${name}`, () => {
    const recipe = parseViews(views);
    let visible = 0;
    for (let trial = 0; trial < 200; trial++) {
      const random = randomAt(1, 'box', trial);
      const box: TrueBox = {
        category: 3,
        x: 4 + random.integer(30),
        y: 4 + random.integer(20),
        width: 6 + random.integer(20),
        height: 6 + random.integer(16),
      };
      const image = draw(box);
      const moved = moveScene(image, [box], size, recipe, randomAt(2, 'view', trial));
      const found = brightBox(moved.image);
      const [expected] = moved.boxes;
      // What touches the edge is smeared over what lies beyond it.
      if (found === undefined || expected === undefined || expected.flag !== undefined) continue;
      visible++;
      assert.equal(expected.category, 3);
      const right = expected.x + expected.width;
      const bottom = expected.y + expected.height;
      const tolerance = 1.01;
      assert.ok(Math.abs(found.x - expected.x) <= tolerance || expected.x === 0, `${name} ${trial}: left`);
      assert.ok(Math.abs(found.y - expected.y) <= tolerance || expected.y === 0, `${name} ${trial}: top`);
      assert.ok(Math.abs(found.right - right) <= tolerance || right === width, `${name} ${trial}: right`);
      assert.ok(
        Math.abs(found.bottom - bottom) <= tolerance || bottom === height,
        `${name} ${trial}: bottom`,
      );
    }
    assert.ok(visible > 100, `${visible}`);
  });
}

test('boxes stay inside of the image; what is hardly visible does not count, what is gone is left out', () => {
  const recipe = parseViews({ shift: 1 });
  const flags = new Set<string>();
  for (let trial = 0; trial < 300; trial++) {
    const box: TrueBox = { category: 0, x: 20, y: 14, width: 24, height: 20, area: 240 };
    const { boxes } = moveScene(draw(box), [box], size, recipe, randomAt(3, 'far', trial));
    assert.ok(boxes.length <= 1);
    for (const moved of boxes) {
      assert.ok(moved.x >= 0 && moved.y >= 0);
      assert.ok(moved.x + moved.width <= width + 1e-9 && moved.y + moved.height <= height + 1e-9);
      const share = (moved.width * moved.height) / 480;
      assert.equal(moved.flag, share < 0.25 ? 'difficult' : undefined);
      assert.ok(Math.abs(moved.area! - 240 * share) < 1e-6);
    }
    flags.add(boxes.length === 0 ? 'gone' : (boxes[0]!.flag ?? 'whole'));
  }
  assert.deepEqual([...flags].sort(), ['difficult', 'gone', 'whole']);
});

test('without a movement image and boxes stay the same', () => {
  const box: TrueBox = { category: 0, x: 1, y: 2, width: 3, height: 4 };
  const image = draw(box);
  const moved = moveScene(image, [box], size, parseViews({}), randomAt(0, 'none'));
  assert.equal(moved.image, image);
  assert.deepEqual(moved.boxes, [box]);
});

test('the inverse of a movement undoes it', () => {
  const map = compose(stretch(-0.5, 2, 3, -4), { a: 0.8, b: -0.6, tx: 1, c: 0.6, d: 0.8, ty: 2 });
  const back = compose(map, invert(map));
  for (const key of ['a', 'b', 'tx', 'c', 'd', 'ty'] as const)
    assert.ok(Math.abs(back[key] - identity[key]) < 1e-12, key);
  assert.throws(() => invert(stretch(0, 1)), /no inverse/);
  const box: TrueBox = { category: 0, x: 5, y: 6, width: 7, height: 8, area: 10 };
  const half = moveBox(box, stretch(0.5, 0.5), { height, width });
  assert.deepEqual(half, { category: 0, x: -22, y: -12, width: 14, height: 16, area: 40 });
});
