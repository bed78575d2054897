import type { DeviceName } from '../../protocol/device.ts';
import { openCpu, openWebgpu } from './compiledEngine.ts';
import { openReference } from './eager.ts';
import type { Engine } from './engine.ts';
import { hasGraphicsCard } from './graphicsAdapter.ts';
import { difference, measureSpeed, type Proof, proveLosses } from './probe.ts';
import { openTensorflow } from './tensorflow.ts';
import { probeWebgpu, type WebgpuFindings } from './webgpuProbe.ts';

/** A device that cannot be used; the message says what to do. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  /** Whose mistake it is, for `training/connection.ts`. */
  readonly kind = 'device';
  constructor(
    readonly device: DeviceName,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface DeviceOptions {
  readonly device: DeviceName | 'auto';
  /** CPU threads; default: all cores. */
  readonly threads?: number;
}

export interface OpenedEngine {
  readonly engine: Engine;
  /** For people: why this device, and why not a faster one. */
  readonly reason: string;
  /** Milliseconds of a small training step. */
  readonly probeMs: number;
}

export const cudaMissing =
  'device cuda is not built yet. Use `device: auto`, or `device: tensorflow` with a TensorFlow that has CUDA.';

/**
 * Opens a device after proving it: three small training steps must give the losses of the plain JavaScript reference.
 * `auto` takes WebGPU where a real graphics card is faster than the CPU, else the CPU. A device asked for by name is
 * never replaced by another.
 * @throws DeviceError when the device cannot be used
 */
export async function openEngine(options: DeviceOptions): Promise<OpenedEngine> {
  switch (options.device) {
    case 'auto':
      return openBest(options.threads);
    case 'cuda':
      throw new DeviceError('cuda', cudaMissing);
    case 'webgpu': {
      const findings = await probeWebgpu({ speed: false });
      const { engine, probeMs } = await provedWebgpu(findings);
      const software = findings.adapter?.software
        ? ' Its adapter is software, which is slower than cpu.'
        : '';
      return { engine, probeMs, reason: `As configured.${software}` };
    }
    case 'reference': {
      const engine = await openReference();
      const { milliseconds } = await referenceProof();
      return { engine, probeMs: milliseconds, reason: 'As configured; slow, for comparisons.' };
    }
    case 'cpu':
    case 'tensorflow':
      return { ...(await openProved(options.device, options.threads)), reason: 'As configured.' };
  }
}

/** Opens a device of this process and proves it. */
export async function openProved(
  device: 'cpu' | 'tensorflow',
  threads?: number,
): Promise<{ engine: Engine; probeMs: number }> {
  let engine: Engine;
  let proof: Proof;
  try {
    engine =
      device === 'cpu' ? await openCpu(threads === undefined ? {} : { threads }) : await openTensorflow();
    proof = await proveLosses(engine);
  } catch (error) {
    throw new DeviceError(device, (error as Error).message, { cause: error });
  }
  const problem = difference(proof.losses, (await referenceProof()).losses);
  if (problem !== undefined) throw new DeviceError(device, wrongResults(device, problem));
  return { engine, probeMs: proof.milliseconds };
}

/** Opens WebGPU in this process after its probe in another has gone well. */
export async function provedWebgpu(findings: WebgpuFindings): Promise<{ engine: Engine; probeMs: number }> {
  const { proof, adapter, failure } = findings;
  if (failure !== undefined || proof === undefined)
    throw new DeviceError(
      'webgpu',
      `device webgpu does not work here: ${failure}. It needs a graphics driver (Vulkan on Linux, Direct3D 12 on ` +
        'Windows, Metal on macOS). Fix: install the driver of your graphics card, or choose `device: cpu`.',
    );
  const problem = difference(proof.losses, (await referenceProof()).losses);
  if (problem !== undefined) throw new DeviceError('webgpu', wrongResults('webgpu', problem));
  return { engine: await openWebgpu(adapter?.name), probeMs: proof.milliseconds };
}

function wrongResults(device: DeviceName, problem: string): string {
  const fix = device === 'webgpu' ? 'Update the graphics driver' : 'Report this';
  return `device ${device} computes wrongly: ${problem}. ${fix}, and choose another device until then.`;
}

let reference: Promise<Proof> | undefined;

/** The losses that every device must give, computed once. */
function referenceProof(): Promise<Proof> {
  reference ??= openReference().then(proveLosses);
  return reference;
}

async function openBest(threads: number | undefined): Promise<OpenedEngine> {
  let cpu: { engine: Engine; probeMs: number };
  try {
    cpu = await openProved('cpu', threads);
  } catch (error) {
    const { milliseconds } = await referenceProof();
    const engine = await openReference();
    return {
      engine,
      probeMs: milliseconds,
      reason: `The slow reference, because cpu cannot be used: ${(error as Error).message}`,
    };
  }
  const gpu = await considerWebgpu(cpu.engine);
  if ('why' in gpu) return { ...cpu, reason: `cpu, because ${gpu.why}.` };
  await cpu.engine.dispose();
  return gpu;
}

/** WebGPU where it is worth it, or why it is not. */
async function considerWebgpu(cpu: Engine): Promise<OpenedEngine | { why: string }> {
  if (!hasGraphicsCard()) return { why: 'this machine shows no graphics card' };
  const findings = await probeWebgpu({ speed: true });
  if (findings.adapter?.software)
    return {
      why: `the graphics adapter is software (${findings.adapter.name}), which is slower than the CPU itself`,
    };
  let proved: { engine: Engine; probeMs: number };
  try {
    proved = await provedWebgpu(findings);
  } catch (error) {
    return { why: `webgpu cannot be used (${firstSentence((error as Error).message)})` };
  }
  const own = findings.speed!;
  const other = await measureSpeed(cpu);
  const compared = `${own.toFixed(1)} ms a step instead of ${other.toFixed(1)} ms on the CPU`;
  if (own > other) {
    await proved.engine.dispose();
    return { why: `webgpu on ${findings.adapter?.name} is slower here (${compared})` };
  }
  return {
    ...proved,
    reason: `webgpu, because it gives the reference's losses and is faster (${compared}).`,
  };
}

function firstSentence(text: string): string {
  return text.split(/\.\s/)[0]!;
}
