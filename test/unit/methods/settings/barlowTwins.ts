import type { MethodSetting } from '../setting.ts';

export const setting: MethodSetting = { compares: true };
