import * as z from 'zod';
import { path } from './meta.ts';
import { configSchema } from './schema.ts';
import { type SchemaNode, toSchemaNode } from './schemaNode.ts';

const overrides = z.record(z.string(), z.unknown());

/** Keys that say how a file is put together; they are resolved before the config itself is checked. */
const composition = {
  extends: path(
    'A config to start from: mappings are merged key by key, lists are replaced, an empty value takes the inherited key away. `name` and `sweep` are not inherited.',
    'a path to a config',
  ).optional(),
  sweep: z
    .union([
      z.strictObject({
        grid: z
          .record(z.string(), z.array(z.unknown()).min(1))
          .describe('Values by dotted key: every combination becomes a run.'),
      }),
      z.strictObject({
        list: z.array(overrides).min(1).describe('Changes by dotted key: every entry becomes a run.'),
      }),
    ])
    .describe('Several runs from one file.')
    .optional(),
};

let cached: SchemaNode | undefined;

/** The whole language of `*.selfsup.yaml`, with `extends` and `sweep`. */
export function languageNode(): SchemaNode {
  cached ??= makeLanguageNode('inline');
  return cached;
}

/** The language with repeated parts written in place, or once. */
export function makeLanguageNode(reused: 'inline' | 'ref'): SchemaNode {
  const config = toSchemaNode(configSchema, reused);
  const extra = toSchemaNode(z.strictObject(composition), 'inline');
  const { name, ...rest } = config.properties ?? {};
  return { ...config, properties: { ...(name && { name }), ...extra.properties, ...rest } };
}

let pathCache: ReadonlySet<string> | undefined;

/** Dotted keys whose values are paths: `data.images`. */
export function pathKeys(): ReadonlySet<string> {
  pathCache ??= new Set(collectPaths(languageNode(), ''));
  return pathCache;
}

function collectPaths(node: SchemaNode, at: string): string[] {
  const inner = [
    ...(node.anyOf ?? node.oneOf ?? []).flatMap((choice) => collectPaths(choice, at)),
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
      collectPaths(child, at === '' ? key : `${at}.${key}`),
    ),
  ];
  return node.isPath ? [at, ...inner] : inner;
}
