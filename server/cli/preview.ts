import path from 'node:path';
import { hasErrors } from '../config/problem.ts';
import type { PretextPreview, TextBlock, TextPiece } from '../protocol/pretextPreview.ts';
import type { PlainConfig } from '../protocol/trainer.ts';
import { openConfig } from '../runs/openConfig.ts';
import { exitCodes, type Io } from './io.ts';
import { shorten } from './liveRuns.ts';
import { printProblems } from './printProblems.ts';
import { storeHere } from './storeHere.ts';
import { type Style, styleFor } from './style.ts';
import { table } from './table.ts';
import { withTrainer } from './withTrainer.ts';

interface Options {
  readonly json?: boolean;
  readonly samples: number;
  readonly run?: string;
  readonly output?: string;
}

/** `selfsup preview`: the pretext task on the first held-out samples, as a picture or as rows of the table. */
export function preview(file: string, options: Options, io: Io): Promise<number> {
  const { json = false, samples } = options;
  const configFile = path.resolve(io.cwd, file);
  const run = options.run === undefined ? undefined : storeHere(io).find(options.run);
  const name = path.basename(configFile).replace(/(\.selfsup)?\.ya?ml$/, '');
  const picture = path.resolve(io.cwd, options.output ?? `${name}.preview.png`);
  return withTrainer(io, async (trainer) => {
    const { runs, problems } = await openConfig(configFile, trainer);
    const style = styleFor(io);
    printProblems(problems, io, style);
    const [first] = runs;
    if (hasErrors(problems) || first === undefined) return exitCodes.usage;
    if (runs.length > 1 && !json) io.out(`The first of ${runs.length} runs: ${first.configured.name}\n`);
    const { preview } = await trainer.run({
      task: 'preview',
      config: first.configured.config as unknown as PlainConfig,
      samples,
      picture,
      ...(run && { runFolder: run.folder }),
    });
    if (json) io.out(`${JSON.stringify(preview)}\n`);
    else io.out(describe(preview, shorten(picture, io.cwd), style));
    return exitCodes.done;
  });
}

function describe({ summary, blocks }: PretextPreview, picture: string, style: Style): string {
  const shown = blocks.map((block) => {
    if (block.kind === 'table') {
      const mark = (text: string, changed: boolean) => (changed ? style.yellow(`${text} *`) : text);
      const rows = block.rows.map(({ title, cells }) => [
        title,
        ...cells.map(({ text, changed }) => mark(text, changed)),
      ]);
      return `${table(style, ['', ...block.columns], rows)}\n* changed by the task\n`;
    }
    if (block.kind === 'text') return textLines(block, style);
    const rows = block.rows.map(({ title, detail }) => `  ${title}${detail ? `: ${detail}` : ''}\n`);
    return `${picture}, from above:\n${rows.join('')}`;
  });
  return `${summary}\n\n${shown.join('\n')}`;
}

/** Texts below each other; what is hidden is yellow, right guesses are green and wrong ones red, with their probability. */
function textLines({ texts }: TextBlock, style: Style): string {
  const width = Math.max(...texts.flatMap(({ lines }) => lines.map(({ title }) => title.length)));
  return texts
    .map(({ title, lines }) => {
      const rows = lines.map(
        (line) =>
          `  ${line.title.padEnd(width)}  ${line.pieces
            .map((p) => pieceText(p, style))
            .join('')
            .trim()}\n`,
      );
      return `${style.bold(title)}\n${rows.join('')}`;
    })
    .join('\n');
}

function pieceText({ text, state, guesses }: TextPiece, style: Style): string {
  if (state === undefined) return text;
  if (state === 'hidden') return style.yellow(text);
  const word = `${text} (${Math.round(100 * (guesses?.[0]?.probability ?? 0))} %)`;
  return state === 'right' ? style.green(word) : style.red(word);
}
