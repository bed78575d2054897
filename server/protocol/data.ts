/** The kinds of data that Selfsup reads. */
export const modalities = ['image', 'text', 'audio', 'table'] as const;
export type Modality = (typeof modalities)[number];
