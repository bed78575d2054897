/** Said by a window of this VS Code that has no extension at all. */
const ownNoise: readonly RegExp[] = [
  /vsda/, // only Microsoft's build has it
  /\/pre\/fake\.html/, // each webview's first document is written over
  /^pageerror: .*\(http:\/\/127\.0\.0\.1:\d+\/[^ ]*\/static\/out\/vs\/[^ ]*\)$/, // thrown by its own script, which runs none of ours
  /net::ERR_ABORTED$/, // whoever asked went away meanwhile: a reloaded window, a closed webview, a sound that was stopped
];

/** The extension's name; neither a file called `*.selfsup.yaml`, nor the folder `.selfsup`, nor that of the tests' VS Code. */
const namesExtension = /(?<![.\w])selfsup(?!-vscode-e2e)/i;

/** VS Code's own log (slow requests, providers that are not there); what it says of an extension names it. */
const ownLog = (line: string): boolean => /^error: %c +ERR /.test(line) && !namesExtension.test(line);

/** About an extension that VS Code brings itself: a trusted window registers some of them anew, and may be late for it. */
const ofBuiltInExtension = (line: string): boolean =>
  /[Ee]xtension [`']vscode\.[\w-]+[`']/.test(line) && !namesExtension.test(line);

/**
 * Whether a line that the browser's console said (`error: ...`), or a request that failed (`<address> <reason>`), tells
 * of a fault of the extension. What VS Code says anyway, most of it on a busy machine, does not.
 */
export function isComplaint(line: string): boolean {
  return !ownLog(line) && !ofBuiltInExtension(line) && !ownNoise.some((noise) => noise.test(line));
}
