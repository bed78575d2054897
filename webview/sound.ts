import { h, setChildren } from './dom.ts';
import { icon } from './icons.ts';

/** Plays one sound at a time: the next one stops the one before. */
let playing: HTMLAudioElement | undefined;

/** A button that plays and stops a sound. `name` says which. It is loaded when it is first played. */
export function playButton(source: string, name: string): HTMLElement {
  const audio = h('audio', { src: source, preload: 'none' });
  const press = h('button', { type: 'button', class: 'play' });
  const show = (state: 'still' | 'playing' | 'failed'): void => {
    const label =
      state === 'failed' ? `${name} cannot be played` : `${state === 'playing' ? 'Stop' : 'Play'} ${name}`;
    setChildren(press, icon(state === 'failed' ? 'warning' : state === 'playing' ? 'stopped' : 'running'));
    press.setAttribute('aria-label', label);
    press.title = label;
  };
  const failed = (error: unknown): void => {
    // A sound that is stopped before it is loaded has not failed.
    if (!(error instanceof DOMException && error.name === 'AbortError')) show('failed');
  };
  press.addEventListener('click', () => {
    if (audio.paused) play(audio).catch(failed);
    else audio.pause();
  });
  audio.addEventListener('play', () => show('playing'));
  // Sounds that fail are also said to pause.
  for (const event of ['pause', 'ended'])
    audio.addEventListener(event, () => show(audio.error === null ? 'still' : 'failed'));
  show('still');
  return h('span', { class: 'sound' }, press, audio);
}

function play(audio: HTMLAudioElement): Promise<void> {
  if (playing !== audio) playing?.pause();
  playing = audio;
  if (audio.readyState > 0) audio.currentTime = 0;
  return audio.play();
}
