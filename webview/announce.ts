import { h, setText } from './dom.ts';

/** A line that screen readers speak when it changes; not to be seen. */
export class Announcer {
  readonly element = h('div', { class: 'hidden-visually', role: 'status', 'aria-live': 'polite' });

  say(text: string): void {
    setText(this.element, text);
  }
}
