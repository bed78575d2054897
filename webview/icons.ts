import { svg } from './dom.ts';

/** Small drawings in the colour of the text beside them; each on a field of 16 x 16. */
const paths = {
  check: 'M6.3 12.4 2.4 8.5l1.1-1.1 2.8 2.8 6.2-6.2 1.1 1.1z',
  warning: 'M8 1.6 15.2 14H.8L8 1.6zm0 2.6L3 12.8h10L8 4.2zM7.4 7h1.2v3H7.4V7zm0 3.8h1.2V12H7.4v-1.2z',
  error:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zm0 1.2a5.3 5.3 0 1 0 0 10.6A5.3 5.3 0 0 0 8 2.7zM5.9 5l2.1 2.1L10.1 5l.9.9L8.9 8l2.1 2.1-.9.9L8 8.9 5.9 11l-.9-.9L7.1 8 5 5.9z',
  info: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zm0 1.2a5.3 5.3 0 1 0 0 10.6A5.3 5.3 0 0 0 8 2.7zM7.4 7h1.2v4.5H7.4V7zm0-2.3h1.2V6H7.4V4.7z',
  clock:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zm0 1.2a5.3 5.3 0 1 0 0 10.6A5.3 5.3 0 0 0 8 2.7zM7.4 4.5h1.2v3.2l2.3 1.4-.6 1-2.9-1.7V4.5z',
  running: 'M5 3.2v9.6L12.6 8 5 3.2z',
  stopped: 'M4 4h8v8H4z',
  dash: 'M3 7.4h10v1.2H3z',
  previous: 'M10.2 3 5.2 8l5 5 .9-.9L7 8l4.1-4.1z',
  next: 'M5.8 3 4.9 3.9 9 8l-4.1 4.1.9.9 5-5z',
  table:
    'M2 3h12v10H2V3zm1.2 1.2v1.9h9.6V4.2H3.2zm0 3v1.9h4.2V7.2H3.2zm5.4 0v1.9h4.2V7.2H8.6zm-5.4 3v1.6h4.2v-1.6H3.2zm5.4 0v1.6h4.2v-1.6H8.6z',
  close: 'M8 7.1 11.6 3.5l.9.9L8.9 8l3.6 3.6-.9.9L8 8.9l-3.6 3.6-.9-.9L7.1 8 3.5 4.4l.9-.9z',
} as const;
export type IconName = keyof typeof paths;

/** An icon that says nothing to screen readers: the words are beside it. */
export function icon(name: IconName): SVGSVGElement {
  return svg(
    'svg',
    { class: `icon icon-${name}`, viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    svg('path', { d: paths[name], fill: 'currentColor', 'fill-rule': 'evenodd' }),
  );
}
