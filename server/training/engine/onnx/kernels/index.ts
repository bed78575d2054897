import type { KernelTable } from '../kernel.ts';
import { binaryKernels } from './binary.ts';
import { convolutionKernels } from './convolution.ts';
import { gatherKernels } from './gather.ts';
import { joinKernels } from './join.ts';
import { matmulKernels } from './matmul.ts';
import { reduceKernels } from './reduce.ts';
import { shapeKernels } from './shape.ts';
import { unaryKernels } from './unary.ts';

/** Every TensorFlow.js kernel that can be compiled. */
export const kernels: KernelTable = {
  ...unaryKernels,
  ...binaryKernels,
  ...reduceKernels,
  ...matmulKernels,
  ...shapeKernels,
  ...joinKernels,
  ...gatherKernels,
  ...convolutionKernels,
};
