import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  commandIds,
  contextKeys,
  languageId,
  panelViewType,
  previewViewType,
  runsViewId,
} from '../../../extension/ids.ts';
import { packageRoot } from '../../../server/packageRoot.ts';

/** What package.json declares and what the code does are two files that must say the same. */
const root = packageRoot();
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Item {
  readonly command: string;
  readonly when: string;
  readonly group: string;
}
interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly extensionKind: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: string;
      readonly restrictedConfigurations: readonly string[];
    };
    readonly virtualWorkspaces: { readonly supported: string };
  };
  readonly contributes: {
    readonly commands: readonly { command: string; title: string; category: string; enablement?: string }[];
    readonly menus: Readonly<Record<string, readonly Item[]>>;
    readonly configuration: {
      readonly properties: Readonly<
        Record<
          string,
          {
            default: unknown;
            markdownDescription: string;
            scope: string;
            enum?: string[];
            enumDescriptions?: string[];
          }
        >
      >;
    };
    readonly views: Readonly<Record<string, readonly { id: string }[]>>;
    readonly viewsWelcome: readonly { view: string; contents: string; when: string }[];
    readonly languages: readonly {
      id: string;
      configuration: string;
      icon: { light: string; dark: string };
    }[];
    readonly grammars: readonly { language: string; scopeName: string; path: string }[];
    readonly walkthroughs: readonly {
      id: string;
      steps: readonly {
        description: string;
        media: { svg: string; altText: string };
        completionEvents: string[];
      }[];
    }[];
  };
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const { contributes } = manifest;
const declared = contributes.commands.map(({ command }) => command);

const sources = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((name) => name.endsWith('.ts'));
const code = (...folders: string[]): string => folders.flatMap(sources).map(read).join('\n');

test('commands declared are the commands registered', () => {
  assert.deepEqual([...declared].sort(), [...commandIds].sort());
  assert.ok(contributes.commands.every(({ category }) => category === 'Selfsup'));
});

test('every command that is mentioned is declared', () => {
  const welcome = contributes.viewsWelcome.map(({ contents }) => contents);
  const steps = contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => description));
  const linked = [...welcome, ...steps].flatMap((text) =>
    [...text.matchAll(/command:(selfsup\.\w+)/g)].map(([, id]) => id!),
  );
  const completed = contributes.walkthroughs.flatMap(({ steps }) =>
    steps.flatMap(({ completionEvents }) => completionEvents.map((event) => event.replace('onCommand:', ''))),
  );
  const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
  const inCode = [
    ...code('extension', 'server/language').matchAll(/executeCommand\(\s*'(selfsup\.\w+)'/g),
  ].map(([, id]) => id!);
  for (const id of [...linked, ...completed, ...inMenus, ...inCode]) assert.ok(declared.includes(id), id);
});

test('settings declared are settings read', () => {
  const text = code('extension', 'server/editor');
  const readBy: Record<string, RegExp> = {
    'selfsup.runs.onSave': /'runs\.onSave'/,
    'selfsup.runs.keepAlive': /read\('keepAlive'/,
    'selfsup.server.node': /'server\.node'/,
    'selfsup.trace.server': /LanguageClient\(\s*'selfsup'/, // the client reads <its id>.trace.server
  };
  assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), Object.keys(readBy).sort());
  for (const [name, pattern] of Object.entries(readBy)) assert.match(text, pattern, `nobody reads ${name}`);
});

test('settings have a default, a description, and one for each choice', () => {
  for (const [name, setting] of Object.entries(contributes.configuration.properties)) {
    assert.notEqual(setting.default, undefined, name);
    assert.ok(setting.markdownDescription.length > 20, name);
    if (setting.enum && name !== 'selfsup.trace.server')
      assert.equal(setting.enumDescriptions?.length, setting.enum.length, name);
  }
  assert.equal(contributes.configuration.properties['selfsup.server.node']?.scope, 'machine-overridable');
});

test('a strange workspace can neither choose the program nor start runs', () => {
  const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities;
  assert.equal(untrustedWorkspaces.supported, 'limited');
  assert.ok(untrustedWorkspaces.restrictedConfigurations.includes('selfsup.server.node'));
  assert.equal(virtualWorkspaces.supported, 'limited');
  assert.deepEqual(manifest.extensionKind, ['workspace']);
  const harmless = [
    'selfsup.diffConfigs',
    'selfsup.openConfig',
    'selfsup.openReport',
    'selfsup.openLog',
    'selfsup.revealRunFolder',
    'selfsup.filterRuns',
    'selfsup.restartServer',
    'selfsup.showLogs',
  ];
  const table = read('extension/commands.ts');
  for (const { command, enablement } of contributes.commands) {
    const needsTrust = !harmless.includes(command);
    assert.equal(enablement, needsTrust ? 'isWorkspaceTrusted' : undefined, `enablement of ${command}`);
    assert.ok(
      table.includes(`'${command}': ${needsTrust ? 'trusted' : 'always'}(`),
      `the table on ${command}`,
    );
  }
});

test('at most three actions of a run are inline', () => {
  const inline = contributes.menus['view/item/context']!.filter(({ group }) => group.startsWith('inline'));
  for (const item of ['run live', 'run ended resumable', 'run ended finished', 'config']) {
    const shown = inline.filter(({ when }) => {
      const [, pattern] = /viewItem =~ \/(.*)\//.exec(when) ?? [];
      return pattern === undefined ? when.endsWith(`viewItem == ${item}`) : new RegExp(pattern).test(item);
    });
    assert.ok(shown.length > 0 && shown.length <= 3, `${item}: ${shown.length}`);
  }
});

test('views, panels, context keys and the language have the names that the code uses', () => {
  assert.deepEqual(
    contributes.views.selfsup?.map(({ id }) => id),
    [runsViewId],
  );
  assert.ok(contributes.viewsWelcome.every(({ view }) => view === runsViewId));
  assert.deepEqual(
    contributes.languages.map(({ id }) => id),
    [languageId],
  );
  for (const type of [panelViewType, previewViewType])
    assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${type}`));
  assert.ok(!manifest.activationEvents.includes('*'));
  const conditions = [...Object.values(contributes.menus).flat(), ...contributes.viewsWelcome]
    .map(({ when }) => when)
    .join(' ');
  const used = new Set([...conditions.matchAll(/(?<!view == )\bselfsup\.\w+/g)].map(([key]) => key));
  used.delete(runsViewId);
  for (const key of used)
    assert.ok(
      Object.values(contextKeys).some((known) => known === key),
      key,
    );
});

test('files that are named exist', () => {
  const files = [
    manifest.icon,
    ...contributes.languages.flatMap(({ configuration, icon }) => [configuration, icon.light, icon.dark]),
    ...contributes.grammars.map((grammar) => grammar.path),
    ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg)),
  ];
  for (const file of files) assert.ok(existsSync(path.join(root, file)), file);
});

test('walkthrough pictures follow the theme and have a text', () => {
  for (const { media } of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
    assert.ok(media.altText.length > 10);
    assert.doesNotMatch(read(media.svg), /#[0-9a-f]{3,8}\b/i, media.svg);
  }
});

test('the grammar marks exactly the sections of a config', () => {
  const grammar = JSON.parse(read(contributes.grammars[0]!.path)) as {
    readonly scopeName: string;
    readonly patterns: readonly { include: string }[];
    readonly repository: { readonly section: { readonly match: string } };
  };
  assert.equal(grammar.scopeName, contributes.grammars[0]!.scopeName);
  assert.deepEqual(grammar.patterns, [{ include: 'source.yaml' }]);
  const [, marked] = /\^\(\?:([^)]*)\)/.exec(grammar.repository.section.match)!;
  const schema = JSON.parse(read('docs/selfsup.schema.json')) as { readonly properties: object };
  const sections = Object.keys(schema.properties).filter((key) => key !== 'extends' && key !== 'sweep');
  assert.deepEqual(marked!.split('|').sort(), sections.sort());
});

test('only extension/ imports vscode, and the entry only wires', () => {
  const importsVscode = /from 'vscode'|require\('vscode'\)|import\('vscode'\)/;
  for (const file of [...sources('server'), ...sources('webview')])
    assert.doesNotMatch(read(file), importsVscode, file);
  assert.ok(read('extension/main.ts').split('\n').length <= 60);
});
