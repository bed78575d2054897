import type { Pixels } from '../../../views/affine.ts';
import { ArraySource } from './arraySource.ts';
import { FolderSource } from './folderSource.ts';
import type { ImageShape, ImageSource, JoinedSpec, SourceSpec } from './source.ts';

/** Opens a source by its plain description: how a worker gets at the images. */
export function openSource(spec: SourceSpec): ImageSource {
  if (spec.kind === 'folder') return new FolderSource(spec);
  if (spec.kind === 'array') return new ArraySource(spec);
  return new JoinedSource(spec.parts.map(openSource));
}

/** Several sources one after the other: the data and its separate test set. */
export class JoinedSource implements ImageSource {
  readonly #parts: readonly ImageSource[];
  readonly count: number;
  readonly format: string;

  constructor(parts: readonly ImageSource[]) {
    this.#parts = parts;
    this.count = parts.reduce((sum, part) => sum + part.count, 0);
    this.format = parts[0]!.format;
  }

  get spec(): JoinedSpec {
    return { kind: 'joined', parts: this.#parts.map((part) => part.spec) };
  }

  get shape(): ImageShape | undefined {
    return this.#parts[0]!.shape;
  }

  get pixels(): 'uint8' | 'float32' {
    return this.#parts.every((part) => part.pixels === 'uint8') ? 'uint8' : 'float32';
  }

  cheap(shape: ImageShape): boolean {
    return this.#parts.every((part) => part.cheap(shape));
  }

  name(index: number): string {
    const [part, inside] = this.#find(index);
    return part === this.#parts[0] ? part.name(inside) : `test: ${part.name(inside)}`;
  }

  file(index: number): string | undefined {
    const [part, inside] = this.#find(index);
    return part.file?.(inside);
  }

  read(index: number, shape: ImageShape): Pixels | Promise<Pixels> {
    const [part, inside] = this.#find(index);
    const read = part.read(inside, shape);
    if (part.pixels === this.pixels) return read;
    return read instanceof Promise ? read.then(toFloats) : toFloats(read);
  }

  close(): void {
    for (const part of this.#parts) part.close();
  }

  #find(index: number): [ImageSource, number] {
    let left = index;
    for (const part of this.#parts) {
      if (left < part.count) return [part, left];
      left -= part.count;
    }
    throw new RangeError(`image ${index} of ${this.count}`);
  }
}

function toFloats(pixels: Pixels): Float32Array {
  return pixels instanceof Float32Array ? pixels : Float32Array.from(pixels, (value) => value / 255);
}
