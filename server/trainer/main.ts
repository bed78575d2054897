/**
 * The trainer: a process of its own that does one run (or one question about a run) and ends. Started by
 * server/runs/trainerProcess.ts; the line to it is protocol/trainer.ts.
 */
import { serveTrainer } from '../training/connection.ts';

serveTrainer({
  inspect: async ({ config }) => {
    const { inspectData } = await import('./openData.ts');
    const { configSchema } = await import('../config/schema.ts');
    return { facts: await inspectData(configSchema.parse(config)) };
  },
  preview: async (task) => ({ preview: await (await import('./pretextPreview.ts')).previewPretext(task) }),
  estimate: async ({ config }) => {
    const { estimate } = await import('./estimate.ts');
    const { configSchema } = await import('../config/schema.ts');
    return { estimate: await estimate(configSchema.parse(config)) };
  },
  train: async (task, control) => (await import('./trainRun.ts')).trainRun(task, control),
  evaluate: async (task, control) => (await import('./tasks.ts')).evaluateRun(task, control),
  embed: async (task, control) => (await import('./tasks.ts')).embedRun(task, control),
  export: async (task, control) => (await import('./tasks.ts')).exportRun(task, control),
  doctor: async () => {
    const { doctorReport } = await import('../training/engine/doctor.ts');
    return { devices: await doctorReport(), notes: [] };
  },
});

// Loaded while the parent still reads the config: the first step comes sooner.
void import('./trainRun.ts');
