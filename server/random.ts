/**
 * Counter-based random numbers: every draw is a pure function of (seed, stream, counters), so a run can be
 * resumed, repeated on another device, or drawn by any worker in any order.
 *
 * The mixing function is Philox 2x32-10 (Salmon et al. 2011, https://doi.org/10.1145/2063384.2063405).
 */
export interface Random {
  /** Uniform in [0, 1), 24 bits. */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Integer in [0, limit). */
  integer(limit: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** A random order of 0..count-1 (Fisher-Yates). */
  permutation(count: number): Int32Array;
  /** True with the given probability. */
  chance(probability: number): boolean;
}

/** 32-bit FNV-1a: gives each named stream its own key. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

const MULTIPLIER = 0xd256d193;
const WEYL = 0x9e3779b9;

/** High 32 bits of a 32 x 32 bit product. */
function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middleLow = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000)) >>> 0;
}

/** Philox 2x32-10 of one counter pair: two words into `out`. */
export function philox(c0: number, c1: number, key: number, out: Uint32Array): void {
  let left = c0;
  let right = c1;
  let k = key;
  for (let round = 0; round < 10; round++) {
    const high = highProduct(MULTIPLIER, left);
    const low = Math.imul(MULTIPLIER, left) >>> 0;
    left = (high ^ k ^ right) >>> 0;
    right = low;
    k = (k + WEYL) >>> 0;
  }
  out[0] = left;
  out[1] = right;
}

/**
 * A generator for one purpose. `stream` names the purpose ("view0", "mask"), `counters` say for what
 * (epoch, step, sample): equal arguments give equal numbers, on every machine.
 */
export function randomAt(seed: number, stream: string, ...counters: number[]): Random {
  const words = new Uint32Array(2);
  let key = hashText(stream) ^ (seed >>> 0);
  for (const counter of counters) {
    philox(counter >>> 0, Math.floor(counter / 0x100000000) >>> 0, key >>> 0, words);
    key = words[0]! ^ Math.imul(words[1]!, WEYL);
  }
  let position = 0;
  let spare: number | undefined;
  const word = (): number => {
    if ((position & 1) === 0) philox(position >>> 1, 0x53656c66, key >>> 0, words);
    return words[position++ & 1]!;
  };
  const uniform = (): number => (word() >>> 8) / 0x1000000;
  const random: Random = {
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    integer: (limit) => Math.floor(uniform() * limit),
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    permutation(count) {
      const order = new Int32Array(count);
      for (let i = 0; i < count; i++) order[i] = i;
      for (let i = count - 1; i > 0; i--) {
        const j = random.integer(i + 1);
        const value = order[i]!;
        order[i] = order[j]!;
        order[j] = value;
      }
      return order;
    },
    chance: (probability) => uniform() < probability,
  };
  return random;
}
