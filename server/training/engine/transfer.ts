import type * as ort from 'onnxruntime-node';
import type { InputArray, TensorSpec } from '../../methods/method.ts';
import type { Named } from '../../nn/parameters.ts';
import { Builder } from './onnx/builder.ts';
import { createSession, loadRuntime, type RuntimeOptions, toTensor } from './runtime.ts';

/**
 * Moves a fixed set of tensors between the host and GPU buffers. ONNX Runtime's binding cannot read a GPU buffer by
 * itself (it ends the process when asked), so both ways are models that copy their inputs.
 */
export class Transfer {
  private uploader: Promise<ort.InferenceSession> | undefined;
  private downloader: Promise<ort.InferenceSession> | undefined;
  private readonly names: readonly string[];

  constructor(
    private readonly specs: Named<TensorSpec>,
    private readonly options: RuntimeOptions,
  ) {
    this.names = Object.keys(specs);
  }

  /** Copies arrays into new GPU buffers. The caller disposes them. */
  async upload(arrays: Named<InputArray>): Promise<Map<string, ort.Tensor>> {
    if (this.names.length === 0) return new Map();
    const runtime = await loadRuntime();
    this.uploader ??= createSession(this.model(), this.options, this.names.map(outputName));
    const feeds = Object.fromEntries(
      this.names.map((name) => [inputName(name), toTensor(runtime, name, this.specs[name]!, arrays[name]!)]),
    );
    const results = await (await this.uploader).run(feeds);
    return new Map(this.names.map((name) => [name, results[outputName(name)]!]));
  }

  /** Copies GPU tensors to the host; the tensors stay as they are. */
  async download(tensors: ReadonlyMap<string, ort.Tensor>): Promise<Named<InputArray>> {
    if (this.names.length === 0) return {};
    this.downloader ??= createSession(this.model(), this.options);
    const feeds = Object.fromEntries(this.names.map((name) => [inputName(name), tensors.get(name)!]));
    const results = await (await this.downloader).run(feeds);
    return Object.fromEntries(
      this.names.map((name) => [name, results[outputName(name)]!.data as InputArray]),
    );
  }

  async dispose(): Promise<void> {
    await (await this.uploader)?.release();
    await (await this.downloader)?.release();
    this.uploader = undefined;
    this.downloader = undefined;
  }

  private model(): Uint8Array {
    const b = new Builder('webgpu');
    const outputs = this.names.map((name) => {
      const { dtype, shape } = this.specs[name]!;
      return { ...b.copy(b.input(inputName(name), dtype, shape)) };
    });
    return b.encode(outputs, new Map(outputs.map((value, i) => [value.name, outputName(this.names[i]!)])))
      .bytes;
  }
}

const inputName = (name: string): string => `in:${name}`;
const outputName = (name: string): string => `out:${name}`;
