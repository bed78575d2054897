import { existsSync } from 'node:fs';
import path from 'node:path';
import { checkConfig } from '../config/check.ts';
import { hasErrors } from '../config/problem.ts';
import type { DeviceReport } from '../protocol/device.ts';
import type { ProposedConfig } from '../protocol/editor.ts';
import type { PretextPreview } from '../protocol/pretextPreview.ts';
import type { Assistant } from '../runs/assistant.ts';
import { nameForData, proposeFor } from '../runs/newConfig.ts';
import { type TrainerOptions, TrainerProcess } from '../runs/trainerProcess.ts';
import { problemError } from './failure.ts';
import type { RunService } from './runService.ts';

/** What people ask about configs and devices before they train. */
export class ConfigActions {
  constructor(
    private readonly service: RunService,
    private readonly assistant: Assistant,
    private readonly options: { readonly trainer?: TrainerOptions; readonly demandTrust: () => void },
  ) {}

  /** A config for the data in a folder (or a file), to be written beside it. */
  async propose(place: string): Promise<ProposedConfig> {
    this.options.demandTrust();
    const file = freeName(path.join(path.dirname(place), `${nameForData(place)}.selfsup.yaml`));
    const { text, facts } = await proposeFor(place, path.basename(place), file, (config) =>
      this.assistant.inspect(config),
    );
    return { file, text, summary: facts.summary };
  }

  /** The pretext task on the user's samples; the newest run of the file restores too, where its encoder fits. */
  async preview(wanted: {
    readonly configFile: string;
    readonly text: string;
    readonly samples: number;
  }): Promise<PretextPreview> {
    const { configFile, text, samples } = wanted;
    this.options.demandTrust();
    const { config, problems } = checkConfig(configFile, { text });
    if (config === undefined || hasErrors(problems)) throw problemError(problems);
    const runFolder = this.service.runsOf(configFile)[0]?.folder;
    return this.assistant.preview(config, {
      samples,
      key: configFile,
      ...(runFolder !== undefined && { runFolder }),
    });
  }

  async doctor(): Promise<readonly DeviceReport[]> {
    const trainer = TrainerProcess.start(this.options.trainer);
    try {
      return (await trainer.run({ task: 'doctor' })).devices;
    } finally {
      await trainer.close();
    }
  }
}

/** `digits.selfsup.yaml`, or `digits-2.selfsup.yaml` where that exists. */
function freeName(file: string): string {
  const stem = file.slice(0, -'.selfsup.yaml'.length);
  for (let number = 1; ; number++) {
    const name = number === 1 ? file : `${stem}-${number}.selfsup.yaml`;
    if (!existsSync(name)) return name;
  }
}
