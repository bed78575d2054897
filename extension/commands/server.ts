import { ProgressLocation, window } from 'vscode';
import type { DeviceReport } from '../../server/protocol/device.ts';
import { doctorRequest } from '../../server/protocol/editor.ts';
import type { Handler } from '../commands.ts';

export const restartServer: Handler = async (context) => {
  await context.server.restart().catch(() => undefined); // start() has told the user
};

export const showLogs: Handler = async (context) => {
  context.log.show();
};

/** Which devices can train here, and what the others lack. */
export const doctor: Handler = async (context) => {
  const reports = await window.withProgress(
    { location: ProgressLocation.Window, title: 'Selfsup: trying the devices' },
    () => context.server.request<readonly DeviceReport[]>(doctorRequest),
  );
  for (const { device, available, detail } of reports) {
    context.log.info(`${device}: ${available ? 'available' : 'not available'}. ${detail}`);
  }
  await window.showQuickPick(
    reports.map(({ device, available, detail, probeMs }) => ({
      label: `$(${available ? 'pass' : 'circle-slash'}) ${device}`,
      description: available && probeMs !== undefined ? `probe step ${Math.round(probeMs)} ms` : '',
      detail,
    })),
    { title: 'Selfsup: Devices', placeHolder: 'Set one with train.device, or leave it at auto' },
  );
};
