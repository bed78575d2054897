import path from 'node:path';
import type { Pixels } from '../../../views/affine.ts';
import { loadSharp } from './sharp.ts';
import type { FolderSpec, ImageShape, ImageSource } from './source.ts';

/** Picture files, decoded by sharp: scaled until they cover the size, the middle cut out, transparency on black. */
export class FolderSource implements ImageSource {
  readonly format = 'folder';
  readonly pixels = 'uint8';
  readonly spec: FolderSpec;
  readonly shape: ImageShape | undefined;

  constructor(spec: FolderSpec, shape?: ImageShape) {
    this.spec = spec;
    this.shape = shape;
  }

  get count(): number {
    return this.spec.files.length;
  }

  cheap(): boolean {
    return false;
  }

  name(index: number): string {
    return this.spec.files[index]!;
  }

  file(index: number): string {
    return path.resolve(this.#path(index));
  }

  async read(index: number, [height, width, channels]: ImageShape): Promise<Pixels> {
    const sharp = await loadSharp();
    const picture = sharp(this.#path(index), { failOn: 'error' })
      .autoOrient()
      .flatten({ background: '#000' })
      .resize(width, height, { fit: 'cover', position: 'centre' });
    const coloured =
      channels === 1 ? picture.grayscale().toColourspace('b-w') : picture.toColourspace('srgb');
    const { data, info } = await coloured.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.channels !== channels) throw new Error(`decoded to ${info.channels} channels, not ${channels}`);
    return data;
  }

  /** Shape of one picture by its header. */
  async probe(index: number): Promise<ImageShape> {
    const sharp = await loadSharp();
    const { autoOrient, channels = 3, hasAlpha, space } = await sharp(this.#path(index)).metadata();
    const grey = space === 'b-w' || space === 'grey16' || channels - (hasAlpha ? 1 : 0) === 1;
    return [autoOrient.height, autoOrient.width, grey ? 1 : 3];
  }

  close(): void {}

  #path(index: number): string {
    return path.join(this.spec.folder, ...this.spec.files[index]!.split('/'));
  }
}
