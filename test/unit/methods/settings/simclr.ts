import { convnet, type MethodSetting } from '../setting.ts';

export const setting: MethodSetting = { trained: [convnet], compares: true };
