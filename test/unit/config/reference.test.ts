import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { pathKeys } from '../../../server/config/language.ts';
import { type Parts, pretextSchema } from '../../../server/config/parts.ts';
import { referenceMarkdown, referenceSchema } from '../../../server/config/reference.ts';
import { parts } from '../../../server/config/schema.ts';
import { toSchemaNode } from '../../../server/config/schemaNode.ts';
import { packageRoot } from '../../../server/packageRoot.ts';

const docs = (name: string): string => readFileSync(path.join(packageRoot(), 'docs', name), 'utf8');

test('docs/config.md and docs/selfsup.schema.json are what the schema says (npm run docs writes them)', () => {
  assert.equal(docs('config.md'), referenceMarkdown());
  assert.deepEqual(JSON.parse(docs('selfsup.schema.json')), JSON.parse(JSON.stringify(referenceSchema())));
});

test('every key has a meaning, every method its paper', () => {
  const [keys = ''] = referenceMarkdown().split('## `extends`');
  const rows = keys.split('\n').filter((line) => line.startsWith('| `'));
  assert.ok(rows.length > 100);
  for (const row of rows) assert.ok(row.split(' | ')[3]?.replace('|', '').trim(), row);
  for (const { name, paper } of Object.values(parts.methods)) {
    assert.ok(referenceMarkdown().includes(`### \`method: ${name}\``));
    assert.ok(referenceMarkdown().includes(paper.url));
  }
});

test('a new method is part of the language without a change here', () => {
  const [first] = Object.values(parts.methods);
  assert.ok(first);
  const invented = {
    ...first,
    name: 'invented',
    options: z.object({ strength: z.number().min(0).default(3) }),
  };
  const more: Parts = { ...parts, methods: { ...parts.methods, invented } };
  const schema = pretextSchema(more);
  assert.deepEqual(schema.parse({ method: 'invented' }).strength, 3);
  assert.throws(() => schema.parse({ method: 'invented', strenght: 3 }));
  assert.ok(JSON.stringify(toSchemaNode(schema)).includes('strength'));
});

test('paths are known by their keys', () => {
  assert.deepEqual([...pathKeys()].sort(), [
    'data.audio',
    'data.boxes',
    'data.images',
    'data.labels',
    'data.table',
    'data.test.audio',
    'data.test.boxes',
    'data.test.images',
    'data.test.labels',
    'data.test.table',
    'data.test.text',
    'data.testList',
    'data.text',
    'data.tokenizer',
    'extends',
  ]);
});
