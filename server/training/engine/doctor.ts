import type { DeviceReport } from '../../protocol/device.ts';
import { cudaMissing, openEngine, openProved, provedWebgpu } from './devices.ts';
import { probeWebgpu } from './webgpuProbe.ts';

/** Tries every device, for `selfsup doctor`: what it is, or what it lacks. */
export async function doctorReport(): Promise<DeviceReport[]> {
  const cpu = await attempt('cpu', () => openProved('cpu'));
  const webgpu = await attempt('webgpu', async () => {
    const findings = await probeWebgpu({ speed: false });
    const proved = await provedWebgpu(findings);
    return { ...proved, note: findings.adapter?.software ? ' (software: slower than cpu)' : '' };
  });
  const cuda: DeviceReport = { device: 'cuda', available: false, detail: cudaMissing };
  const tensorflow = await attempt('tensorflow', () => openProved('tensorflow'));
  const reference = await attempt('reference', () => openEngine({ device: 'reference' }));
  return [cpu, webgpu, cuda, tensorflow, reference];
}

interface Found {
  readonly engine: { readonly description: string; dispose(): Promise<void> };
  readonly probeMs: number;
  readonly note?: string;
}

async function attempt(device: DeviceReport['device'], open: () => Promise<Found>): Promise<DeviceReport> {
  try {
    const { engine, probeMs, note = '' } = await open();
    await engine.dispose();
    return { device, available: true, detail: `${engine.description}${note}`, probeMs };
  } catch (error) {
    return { device, available: false, detail: (error as Error).message };
  }
}
