import type { Method } from '../../../server/methods/method.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { Modality } from '../../../server/protocol/data.ts';
import { convnet, type MethodSetting, mlp, rectified, smooth, transformer } from './setting.ts';
import type { Setting } from './tiny.ts';

/** The file that says how a method is tested; undefined where there is none. */
export async function readSetting(name: string): Promise<MethodSetting | undefined> {
  try {
    const module = (await import(`./settings/${name}.ts`)) as { setting: MethodSetting };
    return module.setting;
  } catch (error) {
    if (error instanceof Error && error.message.includes('not found')) return undefined;
    throw error;
  }
}

/** What to do about a method that these tests know nothing of. */
export function missingSetting(name: string): string {
  return `The tests of all methods skip ${name}: write test/unit/methods/settings/${name}.ts with \`export const setting: MethodSetting = {};\` (see test/unit/methods/setting.ts), and a test of its own that imports server/methods/${name}.ts.`;
}

export interface TestedMethod {
  readonly method: Method;
  readonly setting: MethodSetting;
  /** The kind of data it is tested on: the first that it names. */
  readonly modality: Modality;
  /** For the reference engine alone, where functions are smooth. */
  readonly smooth: Pick<Setting, 'encoder'> & { readonly options: object };
  /** For comparisons between engines. */
  readonly options: object;
  readonly encoders: readonly Setting['encoder'][];
  readonly trained: readonly Setting['encoder'][];
}

/** A method with its settings; what these leave out follows from its data and options. */
function tested(method: Method, setting: MethodSetting): TestedMethod {
  const [modality = 'image'] = method.modalities;
  const isText = modality === 'text';
  const has = (key: string): boolean => key in method.options.shape;
  const usual = isText ? [transformer] : modality === 'table' ? [mlp] : [mlp, convnet];
  return {
    method,
    setting,
    modality,
    smooth: {
      encoder: setting.smooth?.encoder ?? (isText ? smooth.transformer : smooth.mlp),
      options: {
        ...(has('projector') && { projector: { hidden: 6, size: 5 } }),
        ...(has('predictor') && { predictor: { hidden: 4 } }),
        ...setting.smooth?.options,
      },
    },
    options: { ...(has('projector') && { projector: { hidden: 10, size: 8 } }), ...setting.options },
    encoders: setting.encoders ?? usual,
    trained: setting.trained ?? [isText ? transformer : modality === 'table' ? mlp : rectified],
  };
}

const found = await Promise.all(
  Object.values(methods).map(async (method) => ({ method, setting: await readSetting(method.name) })),
);

/** Methods without a settings file; a test asks for one. */
export const untested: readonly string[] = found.flatMap(({ method, setting }) =>
  setting === undefined ? [method.name] : [],
);

/** Every method of the registry, in its order. */
export const testedMethods: readonly TestedMethod[] = found.flatMap(({ method, setting }) =>
  setting === undefined ? [] : [tested(method, setting)],
);
