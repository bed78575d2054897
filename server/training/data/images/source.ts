import type { Pixels } from '../../../views/affine.ts';
import type { SkippedSample } from '../dataset.ts';

/** Height, width and channels of an image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Images behind one interface, whatever they are stored in. Positions run from 0 to `count` - 1. */
export interface ImageSource {
  /** For people: "IDX", "folder". */
  readonly format: string;
  readonly count: number;
  /** Shape of all images, as far as it is known; height and width are 0 when they differ. */
  readonly shape?: ImageShape | undefined;
  /** What the pixels are after decoding: bytes 0..255, or floats 0..1. */
  readonly pixels: 'uint8' | 'float32';
  /** Whether reading in this shape is so cheap that a cache in front of it would only cost memory. */
  cheap(shape: ImageShape): boolean;
  name(index: number): string;
  /** Absolute path, where an image is a file of its own. */
  file?(index: number): string | undefined;
  /** One image in exactly this shape. The result may be a view that is only valid until the next call. */
  read(index: number, shape: ImageShape): Pixels | Promise<Pixels>;
  /** Everything that a worker needs to open the source again; posted, not copied, where it is shared memory. */
  readonly spec: SourceSpec;
  close(): void;
}

/** A source as plain data; {@link openSource} in `openSource.ts` brings it back to life. */
export type SourceSpec = FolderSpec | ArraySpec | JoinedSpec;

export interface FolderSpec {
  readonly kind: 'folder';
  readonly folder: string;
  /** Paths relative to the folder, with forward slashes. */
  readonly files: readonly string[];
}

/** Records of equal length in memory or in files: IDX, NPY, NPZ and CIFAR. */
export interface ArraySpec {
  readonly kind: 'array';
  readonly format: string;
  readonly type: ElementType;
  readonly littleEndian: boolean;
  readonly shape: ImageShape;
  /** How a record lies in storage: rows of interleaved pixels, or one plane per channel. */
  readonly layout: 'HWC' | 'CHW';
  /** Value v becomes v * scale + offset (0..1); bytes of full range are kept as bytes. */
  readonly scale: number;
  readonly offset: number;
  readonly segments: readonly Segment[];
}

export interface JoinedSpec {
  readonly kind: 'joined';
  readonly parts: readonly SourceSpec[];
}

export type ElementType =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float32'
  | 'float64';

/** `count` records, the first at byte `start`, one every `stride` bytes. */
export interface Segment {
  readonly storage: Storage;
  readonly start: number;
  readonly stride: number;
  readonly count: number;
}

/** Bytes that several threads can read. */
export type Storage =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array<SharedArrayBuffer> }
  | { readonly kind: 'file'; readonly path: string };

/** What a format's reader hands over: the images, and the labels if the format carries them. */
export interface OpenedImages {
  readonly source: ImageSource;
  /** Class of each image by its name; undefined entries are unlabelled. */
  readonly labels?: readonly (string | undefined)[] | undefined;
  readonly skipped: readonly SkippedSample[];
  /** Changes when the content does. */
  readonly fingerprint: string;
}
