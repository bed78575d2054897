import { convnet, type MethodSetting, vit } from '../setting.ts';

export const setting: MethodSetting = { encoders: [convnet, vit], trained: [vit], compares: true };
