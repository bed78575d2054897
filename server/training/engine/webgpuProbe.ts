import { fork } from 'node:child_process';
import path from 'node:path';
import { packageRoot } from '../../packageRoot.ts';
import type { GraphicsAdapter } from './graphicsAdapter.ts';
import type { Proof } from './probe.ts';

/** What the probing process says. */
export type ProbeMessage =
  | { readonly kind: 'proof'; readonly proof: Proof; readonly adapter: GraphicsAdapter }
  | { readonly kind: 'speed'; readonly milliseconds: number }
  | { readonly kind: 'failed'; readonly reason: string };

export interface WebgpuFindings {
  readonly proof?: Proof;
  readonly adapter?: GraphicsAdapter;
  /** Milliseconds of the speed step, where it was asked for. */
  readonly speed?: number;
  /** Why it does not work, as a clause without full stop. */
  readonly failure?: string;
}

/** A driver that hangs must not hold up the start for long. */
const patienceMs = 20_000;

/** The file of the probing process. */
const probeEntry = (): string => path.join(packageRoot(), 'dist', 'server', 'probe.js');

/** Tries WebGPU in a process of its own, because a driver can end the process that uses it. */
export function probeWebgpu(options: { speed: boolean }, entry = probeEntry()): Promise<WebgpuFindings> {
  return new Promise((resolve) => {
    let findings: WebgpuFindings = {};
    let errors = '';
    const child = fork(entry, options.speed ? ['--speed'] : [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const timer = setTimeout(() => {
      findings = { ...findings, failure: `it did not answer within ${patienceMs / 1000} s` };
      child.kill('SIGKILL');
    }, patienceMs);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-2000);
    });
    child.on('message', (message: ProbeMessage) => {
      if (message.kind === 'proof')
        findings = { ...findings, proof: message.proof, adapter: message.adapter };
      else if (message.kind === 'speed') findings = { ...findings, speed: message.milliseconds };
      else findings = { ...findings, failure: inWords(message.reason) };
    });
    const finish = (failure?: string): void => {
      clearTimeout(timer);
      resolve(failure === undefined || findings.failure !== undefined ? findings : { ...findings, failure });
    };
    child.on('error', (error) => finish(error.message));
    child.on('close', (code, signal) => {
      if (code === 0) return finish(findings.proof === undefined ? 'its probe said nothing' : undefined);
      const how = signal === null ? `exit code ${code}` : signal;
      finish(`the driver ended the process (${how})${errors === '' ? '' : `: ${firstLine(errors)}`}`);
    });
  });
}

/** ONNX Runtime's assertions name source files; the common one is said plainly. */
function inWords(reason: string): string {
  return /Failed to get a WebGPU adapter/.test(reason) ? 'no graphics adapter was found' : firstLine(reason);
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').replace(/\.$/, '');
}
