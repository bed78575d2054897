/** Where a run computes; see docs/devices.md. */
export const deviceNames = ['cpu', 'webgpu', 'cuda', 'tensorflow', 'reference'] as const;
export type DeviceName = (typeof deviceNames)[number];

/** What the probe of one device found. */
export interface DeviceReport {
  readonly device: DeviceName;
  readonly available: boolean;
  /** One sentence: what it is, or why it cannot be used and what to do. */
  readonly detail: string;
  /** Milliseconds of the probe's step, where it ran. */
  readonly probeMs?: number;
}
