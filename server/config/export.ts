import * as z from 'zod';

export const exportSchema = z
  .strictObject({
    onnx: z.boolean().describe('Write encoder.onnx.').default(true),
    safetensors: z.boolean().describe('Write encoder.safetensors.').default(true),
    embeddings: z
      .enum(['none', 'npy', 'csv'])
      .describe('Write the features of all samples in this format.')
      .default('none'),
  })
  .describe('What to take away when the run is finished.');

export type ExportConfig = z.output<typeof exportSchema>;
