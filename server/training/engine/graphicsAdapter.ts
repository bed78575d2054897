import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What computes behind WebGPU. */
export interface GraphicsAdapter {
  readonly name: string;
  /** A CPU that plays a graphics card. */
  readonly software: boolean;
}

/** Vulkan drivers by the names of their libraries. */
const drivers: readonly (GraphicsAdapter & { readonly library: RegExp })[] = [
  { library: /libGLX_nvidia|libnvidia-(vulkan|glcore|eglcore)/, name: 'NVIDIA', software: false },
  { library: /libvulkan_radeon|amdvlk/, name: 'AMD', software: false },
  { library: /libvulkan_intel/, name: 'Intel', software: false },
  {
    library: /libvulkan_(nouveau|asahi|freedreno|panfrost|broadcom|powervr_mesa|dzn|virtio)/,
    name: 'Mesa',
    software: false,
  },
  { library: /libvk_swiftshader/, name: 'SwiftShader', software: true },
  { library: /libvulkan_lvp/, name: 'llvmpipe', software: true },
];

/** Whether this Linux machine shows a graphics card at all; elsewhere true, because there nothing says so. */
export function hasGraphicsCard(): boolean {
  if (process.platform !== 'linux') return true;
  if (existsSync('/dev/nvidia0') || existsSync('/dev/dxg')) return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
}

/**
 * The adapter behind a WebGPU session that this process has run. ONNX Runtime does not tell its name, so on Linux
 * it is read from the driver libraries in memory; elsewhere the system has one driver stack, without a name here.
 */
export function adapterInUse(): GraphicsAdapter {
  if (process.platform === 'darwin') return { name: 'Metal', software: false };
  if (process.platform !== 'linux') return { name: 'Direct3D', software: false };
  return adapterFrom(readFileSync('/proc/self/maps', 'utf8'), hasGraphicsCard());
}

/** @param libraries text that names the loaded libraries */
export function adapterFrom(libraries: string, card: boolean): GraphicsAdapter {
  const loaded = drivers.filter(({ library }) => library.test(libraries));
  const chosen = loaded.find(({ software }) => software !== card) ?? loaded[0];
  if (chosen === undefined) return { name: 'an unknown adapter', software: !card };
  return { name: chosen.name, software: chosen.software || !card };
}
