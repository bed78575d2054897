import { button, type Control, checkbox, setDisabled } from '../controls.ts';
import { h, setText } from '../dom.ts';
import { formatCount } from '../format.ts';
import { shownStep } from './timeline.ts';

/**
 * A slider over steps that stays where the reader put it while new steps arrive, unless it follows the latest.
 * Moving it stops following.
 */
export class StepSlider {
  readonly element: HTMLElement;
  private readonly input = h('input', { type: 'range', class: 'slider', min: 0, step: 1 });
  private readonly words = h('span', { class: 'slider-value' });
  private readonly follow: Control<boolean>;
  private readonly previous: HTMLElement;
  private readonly next: HTMLElement;
  private steps: readonly number[] = [];

  constructor(
    label: string,
    private pinned: number | null,
    private readonly changed: (pinned: number | null) => void,
  ) {
    this.input.setAttribute('aria-label', `${label}, step`);
    this.input.addEventListener('input', () => this.pin(this.input.valueAsNumber));
    this.previous = button({
      label: 'Previous step',
      icon: 'previous',
      appearance: 'icon',
      press: () => this.pin(this.input.valueAsNumber - 1),
    });
    this.next = button({
      label: 'Next step',
      icon: 'next',
      appearance: 'icon',
      press: () => this.pin(this.input.valueAsNumber + 1),
    });
    this.follow = checkbox('Follow latest', pinned === null, (follow) => {
      this.choose(follow ? null : (this.step ?? null));
    });
    this.element = h(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': label },
      this.previous,
      this.input,
      this.next,
      this.words,
      this.follow.element,
    );
  }

  /** The step to show; undefined without steps. */
  get step(): number | undefined {
    return shownStep(this.steps, this.pinned);
  }

  setSteps(steps: readonly number[]): void {
    this.steps = steps;
    this.show();
  }

  private pin(index: number): void {
    const step = this.steps[Math.min(this.steps.length - 1, Math.max(0, index))];
    if (step !== undefined) this.choose(step);
  }

  private choose(pinned: number | null): void {
    this.pinned = pinned;
    this.follow.set(pinned === null);
    this.show();
    this.changed(pinned);
  }

  private show(): void {
    const last = Math.max(0, this.steps.length - 1);
    const index = this.step === undefined ? 0 : this.steps.indexOf(this.step);
    this.input.max = String(last);
    this.input.value = String(index);
    this.input.disabled = last === 0;
    setDisabled(this.previous, index <= 0);
    setDisabled(this.next, index >= last);
    const words = this.step === undefined ? '' : `step ${formatCount(this.step)}`;
    setText(this.words, words);
    this.input.setAttribute('aria-valuetext', words || 'none');
  }
}
