import { execFileSync, spawn } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installVsCode } from './install.mjs';
import { allProcesses, hasEnvironment, kill, type Process } from './processes.ts';
import { quietSettings } from './settings.ts';
import { until } from './until.ts';

export interface CodeServerOptions {
  /** Settings of the user, beside those that keep VS Code quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Ask whether the authors of a folder are trusted, as VS Code does; otherwise every folder is. */
  readonly asksForTrust?: boolean;
}

/**
 * A private VS Code for the browser with a fresh profile, everything below one folder in /tmp. Nothing of the user's is
 * read, nothing is asked of a marketplace, and `stop` leaves nothing behind.
 */
export class CodeServer {
  /** Holds profile, extensions, logs and `workspaces`. */
  readonly folder: string;
  private address?: string;
  private output = '';
  private readonly entry: Awaited<ReturnType<typeof installVsCode>>;
  private readonly options: CodeServerOptions;
  private readonly onExit = (): void => this.killAll();

  private constructor(entry: Awaited<ReturnType<typeof installVsCode>>, options: CodeServerOptions) {
    this.entry = entry;
    this.options = options;
    // Short, because VS Code puts Unix sockets below it (107 bytes at most).
    this.folder = mkdtempSync(path.join(tmpdir(), 'vscode-'));
    for (const name of ['data/User', 'extensions', 'tmp', 'workspaces'])
      mkdirSync(path.join(this.folder, name), { recursive: true });
    const settings = { ...quietSettings, ...options.settings };
    writeFileSync(path.join(this.folder, 'data/User/settings.json'), JSON.stringify(settings, null, 2));
    writeFileSync(path.join(this.folder, 'config.yaml'), '{}\n'); // otherwise one with a password is made
  }

  static async prepare(options: CodeServerOptions = {}): Promise<CodeServer> {
    return new CodeServer(await installVsCode(), options);
  }

  get url(): string {
    if (this.address === undefined) throw new Error('code-server was not started.');
    return this.address;
  }

  /** Installs a .vsix as a user would; a folder is linked, so that what is built in it is what runs. */
  installExtension(extension: string): void {
    if (!extension.endsWith('.vsix')) {
      const { publisher, name, version } = JSON.parse(
        readFileSync(path.join(extension, 'package.json'), 'utf8'),
      );
      symlinkSync(extension, path.join(this.folder, 'extensions', `${publisher}.${name}-${version}`));
      return;
    }
    const { node, entry } = this.entry;
    execFileSync(node, [entry, '--install-extension', extension, '--force', ...this.folders()], {
      env: this.environment(),
      stdio: 'pipe',
    });
  }

  async start(): Promise<void> {
    const { node, entry } = this.entry;
    const off = ['telemetry', 'update-check', 'getting-started-override', 'proxy'].map(
      (name) => `--disable-${name}`,
    );
    if (!this.options.asksForTrust) off.push('--disable-workspace-trust');
    const listen = ['--bind-addr', '127.0.0.1:0', '--auth', 'none', '--ignore-last-opened'];
    // Should this process be killed outright, the server ends by itself.
    listen.push('--idle-timeout-seconds', '120');
    const child = spawn(node, [entry, ...listen, ...off, ...this.folders()], {
      cwd: this.folder,
      env: this.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl-C in the terminal is for the tests, which then stop it
    });
    process.once('exit', this.onExit);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
    const log = createWriteStream(path.join(this.folder, 'code-server.log'));
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        log.write(text);
        this.output = (this.output + text).slice(0, 100_000);
      });
    this.address = await until(
      'code-server listens',
      () => {
        if (child.exitCode !== null) throw new Error(`code-server ended:\n${this.output}`);
        return /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(this.output)?.[1];
      },
      60,
    );
  }

  /** Everything that runs because of this server, also what detached itself from it, as trainers do. */
  processes(matches: (candidate: Process) => boolean = () => true): Process[] {
    return allProcesses().filter(
      (candidate) => matches(candidate) && hasEnvironment(candidate, 'HOME', this.folder),
    );
  }

  /** Ends everything and removes the folder. */
  async stop({ keepFolder = false } = {}): Promise<void> {
    this.killAll();
    await until('all processes of code-server end', () => this.processes().length === 0);
    process.off('exit', this.onExit);
    if (!keepFolder) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private killAll(): void {
    for (const target of this.processes().reverse()) kill(target);
  }

  private folders(): string[] {
    const at = (name: string) => path.join(this.folder, name);
    return [
      '--user-data-dir',
      at('data'),
      '--extensions-dir',
      at('extensions'),
      '--config',
      at('config.yaml'),
    ];
  }

  private environment(): Record<string, string | undefined> {
    const foreign = /^(VSCODE_|ELECTRON_|CODE_SERVER_|npm_|NODE_|PASSWORD$|HASHED_PASSWORD$|PORT$|XDG_)/;
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
    const temporary = path.join(this.folder, 'tmp'); // sockets and logs that VS Code would strew over /tmp
    return {
      ...env,
      HOME: this.folder,
      TMPDIR: temporary,
      XDG_RUNTIME_DIR: temporary,
      EXTENSIONS_GALLERY: '{}',
    };
  }
}
