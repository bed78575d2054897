/**
 * Numbers below `firstToken` are ours, whatever the tokenizer: token n of a tokenizer file or byte n is number
 * n + firstToken. A text is `begin`, its tokens, `end`, and padding up to the length of a sample.
 */
export const specialTokens = { padding: 0, mask: 1, begin: 2, end: 3, unknown: 4 } as const;

/** The number of a tokenizer's token 0. */
export const firstToken = 5;
