#!/usr/bin/env node
// The `selfsup` command: starts the bundled command line, or says how to build it.
import { existsSync } from 'node:fs';

const bundle = new URL('../dist/server/cli.js', import.meta.url);
if (existsSync(bundle)) await import(bundle.href);
else {
  console.error('Selfsup is not built yet. Run: npm run build');
  process.exitCode = 1;
}
