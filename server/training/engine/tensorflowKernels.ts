import * as tf from '../../nn/tf.ts';

/** Zeros around [batch, height, width, channels]: tfjs's explicit padding. */
type Padding = [[number, number], [number, number], [number, number], [number, number]];

interface ConvolutionAttributes extends tf.NamedAttrMap {
  pad: 'valid' | 'same' | number | Padding;
  inputShape: number[];
}

const backendName = 'tensorflow';

/**
 * The package refuses convolutions with paddings in numbers ("supports only 'valid' and 'same'"). This replaces its
 * three convolution kernels by ones that pad or cut explicitly and pass 'valid' on.
 */
export function acceptNumericPadding(): void {
  wrap('Conv2D', (run, inputs, attributes, padding) => {
    const x = tf.pad(inputs.x!, padding);
    const y = run({ ...inputs, x }, { ...attributes, pad: 'valid' });
    x.dispose();
    return y;
  });
  wrap('Conv2DBackpropFilter', (run, inputs, attributes, padding) => {
    const x = tf.pad(inputs.x!, padding);
    const gradient = run({ ...inputs, x }, { ...attributes, pad: 'valid' });
    x.dispose();
    return gradient;
  });
  wrap('Conv2DBackpropInput', (run, inputs, attributes, padding) => {
    const { inputShape } = attributes;
    const around = inputShape.map((size, axis) => size + padding[axis]![0] + padding[axis]![1]);
    const whole = run(inputs, { ...attributes, pad: 'valid', inputShape: around });
    const starts = padding.map(([before]) => before);
    const gradient = tf.slice(whole, starts, inputShape);
    whole.dispose();
    return gradient;
  });
}

type Inputs = Record<string, tf.Tensor>;
type Run = (inputs: Inputs, attributes: ConvolutionAttributes) => tf.Tensor;

function wrap(
  kernelName: string,
  explicit: (run: Run, inputs: Inputs, attributes: ConvolutionAttributes, padding: Padding) => tf.Tensor,
): void {
  const own = tf.getKernel(kernelName, backendName);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    ...own,
    kernelFunc({ inputs, backend, attrs }) {
      const attributes = attrs as ConvolutionAttributes;
      const run: Run = (inputs, attrs) => own.kernelFunc({ inputs, backend, attrs }) as tf.Tensor;
      const { pad } = attributes;
      const given = inputs as unknown as Inputs;
      if (typeof pad === 'string') return run(given, attributes);
      const padding: Padding =
        typeof pad === 'number'
          ? [
              [0, 0],
              [pad, pad],
              [pad, pad],
              [0, 0],
            ]
          : pad;
      if (padding.every(([before, after]) => before + after === 0))
        return run(given, { ...attributes, pad: 'valid' });
      return explicit(run, given, attributes, padding);
    },
  });
}
