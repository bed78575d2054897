/**
 * Runs before any library is loaded, because two of them look around while they are.
 *
 * The toolkit tries out a style element; it gives it the nonce that it finds in this tag, without which the policy
 * blocks the attempt.
 */
const nonce = document.currentScript?.nonce;
if (nonce) {
  const tag = document.createElement('meta');
  tag.setAttribute('property', 'csp-nonce');
  tag.setAttribute('content', nonce);
  document.head.append(tag);
}

/** uPlot formats numbers for the browser's language, which with LANG=C is one that does not exist: en-US@posix. */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}

export {};
