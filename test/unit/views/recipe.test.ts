import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { parseViews, viewsSchema } from '../../../server/views/recipe.ts';
import { transforms } from '../../../server/views/registry.ts';

test('shorthands parse to full options', () => {
  assert.deepEqual(parseViews({ crop: [0.6, 1], rotate: 15, flip: true, noise: 0.1 }), {
    crop: { area: [0.6, 1], aspect: [3 / 4, 4 / 3], probability: 1 },
    flip: { horizontal: 0.5, vertical: 0 },
    rotate: { degrees: [-15, 15], probability: 1 },
    noise: { std: 0.1, probability: 1 },
  });
  assert.deepEqual(
    parseViews({
      crop: 0.5,
      rotate: [90, 90],
      shift: 0.1,
      scale: [0.8, 1.2],
      blur: 2,
      gray: 0.2,
      cutout: 0.25,
    }),
    {
      crop: { area: [0.5, 1], aspect: [3 / 4, 4 / 3], probability: 1 },
      rotate: { degrees: [90, 90], probability: 1 },
      shift: { fraction: 0.1, probability: 1 },
      scale: { factor: [0.8, 1.2], probability: 1 },
      gray: { probability: 0.2 },
      blur: { sigma: [0.1, 2], probability: 0.5 },
      cutout: { size: 0.25, count: 1, probability: 1 },
    },
  );
  const jitter = parseViews({ colorJitter: 0.5 }).colorJitter;
  assert.deepEqual(jitter, { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, probability: 0.8 });
});

test('a parsed recipe parses to itself', () => {
  const all = parseViews({
    crop: 0.5,
    flip: true,
    rotate: 9,
    shift: 0.1,
    scale: [1, 2],
    colorJitter: 0.5,
    gray: true,
    blur: true,
    noise: 0.1,
    cutout: 0.2,
    timeShift: 0.1,
    gain: 6,
    timeMask: 0.2,
    frequencyMask: { size: 0.1, count: 2 },
  });
  assert.equal(Object.keys(all).length, transforms.length);
  assert.deepEqual(parseViews(JSON.parse(JSON.stringify(all))), all);
});

test('false switches a transform off', () => {
  assert.deepEqual(parseViews({ flip: false, gray: true }), { gray: { probability: 0.2 } });
  assert.deepEqual(parseViews({}), {});
});

test('wrong values say what is expected', () => {
  const message = (views: unknown) => viewsSchema.safeParse(views).error?.issues[0]?.message;
  assert.equal(
    message({ rotate: 'far' }),
    'expected the largest angle in degrees (15), [least, most], or { degrees, probability }',
  );
  assert.equal(
    message({ crop: 'half' }),
    'expected the kept area [0.6, 1], its least 0.6, or { area, aspect, probability }',
  );
  assert.equal(
    message({ crop: [1, 0.5] }),
    'expected the kept area [0.6, 1], its least 0.6, or { area, aspect, probability }',
  );
  assert.match(message({ rotat: 15 }) ?? '', /rotat/);
  assert.match(message({ flip: { horizontl: 1 } }) ?? '', /horizontl/);
  for (const bad of [{ noise: -1 }, { flip: 2 }, { cutout: 1.5 }, { gray: 'yes' }, { scale: [0, 1] }])
    assert.ok(message(bad), JSON.stringify(bad));
});

test('the schema has a JSON Schema with a description for every transform', () => {
  const schema = z.toJSONSchema(viewsSchema, { io: 'input' }) as {
    properties: Record<string, { description?: string }>;
  };
  assert.deepEqual(
    Object.keys(schema.properties),
    transforms.map(({ name }) => name),
  );
  for (const [name, property] of Object.entries(schema.properties)) assert.ok(property.description, name);
});
