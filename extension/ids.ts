/** Names that package.json declares too; a test compares them. */
export const commandIds = [
  'selfsup.run',
  'selfsup.resume',
  'selfsup.stop',
  'selfsup.fineTuneOnly',
  'selfsup.previewPretext',
  'selfsup.newConfig',
  'selfsup.openPanel',
  'selfsup.compareRuns',
  'selfsup.diffConfigs',
  'selfsup.openConfig',
  'selfsup.openReport',
  'selfsup.openLog',
  'selfsup.revealRunFolder',
  'selfsup.exportRun',
  'selfsup.renameRun',
  'selfsup.deleteRun',
  'selfsup.filterRuns',
  'selfsup.restartServer',
  'selfsup.showLogs',
  'selfsup.doctor',
] as const;
export type CommandId = (typeof commandIds)[number];

export const runsViewId = 'selfsup.runs';
export const panelViewType = 'selfsup.panel';
export const previewViewType = 'selfsup.preview';
export const languageId = 'selfsup';

/** For `when` clauses. */
export const contextKeys = {
  /** ServerState */
  server: 'selfsup.server',
  /** Who trains in this workspace: this, other, none. */
  owner: 'selfsup.owner',
  hasRuns: 'selfsup.hasRuns',
  filtered: 'selfsup.filtered',
} as const;
