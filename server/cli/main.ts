import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { deviceNames } from '../protocol/device.ts';
import { version } from '../version.ts';
import { exitCodes, type Io } from './io.ts';

/**
 * The `selfsup` command line. Each command's code is loaded when it is called, so that `--help` answers at once.
 * @param args what follows `selfsup`.
 * @returns the exit code.
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  let code: number = exitCodes.done;
  const program = describeCommands(io, (result) => {
    code = result;
  });
  try {
    if (args.length === 0) {
      io.err(program.helpInformation());
      return exitCodes.usage;
    }
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed its message (or the help) already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const { reportFailure } = await import('./failure.ts');
    return reportFailure(error, io);
  }
}

function describeCommands(io: Io, done: (code: number) => void): Command {
  const program = new Command('selfsup')
    .description('Self-supervised learning: pretrain, judge and fine-tune an encoder on your own data.')
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 the run failed, 2 bad config or arguments, 130 stopped by Ctrl-C.',
    );

  /** A command with its example; `run` loads what it needs and returns the exit code. */
  const add = (usage: string, summary: string, example: string): Command =>
    program.command(usage).description(summary).addHelpText('after', `\nExample:\n  $ ${example}`);
  const json = ['--json', 'print JSON instead of text'] as const;
  const run = '<run>';
  const runHelp = 'an id or its beginning, a name, or latest';

  add('init', 'look at a folder and write a commented config for its data', 'selfsup init photos')
    .argument('<folder>', 'folder or file with the data')
    .option('-o, --output <file>', 'config to write (default: <folder>.selfsup.yaml here)')
    .option('--force', 'overwrite it')
    .action(async (folder, options) => done(await (await import('./init.ts')).init(folder, options, io)));

  add(
    'check',
    'say everything that is wrong with a config, or what it would do',
    'selfsup check digits.selfsup.yaml',
  )
    .argument('<config>', 'config file')
    .option(...json)
    .option('--no-data', 'do not open the data')
    .action(async (config, options) => done(await (await import('./check.ts')).check(config, options, io)));

  add(
    'preview',
    'draw what the pretext task makes of your own samples, without training',
    'selfsup preview digits.selfsup.yaml --run latest',
  )
    .argument('<config>', 'config file')
    .option('-n, --samples <count>', 'samples to draw, 1 to 64', parseSamples, 8)
    .option('-r, --run <run>', 'a run whose newest checkpoint restores too')
    .option('-o, --output <file>', 'picture to write (default: <config>.preview.png here)')
    .option(...json)
    .action(async (config, options) =>
      done(await (await import('./preview.ts')).preview(config, options, io)),
    );

  add('train', 'pretrain, judge and fine-tune as a config says', 'selfsup train digits.selfsup.yaml')
    .argument('<config>', 'config file')
    .option('--json', 'print one JSON object a line; the last one has event "done"')
    .action(async (config, options) => done(await (await import('./train.ts')).train(config, options, io)));

  add(
    'watch',
    'train, and follow the config: saved changes go into the run or start a new one',
    'selfsup watch digits.selfsup.yaml',
  )
    .argument('<config>', 'config file')
    .option('--json', 'print one JSON object a line; each run ends with event "done"')
    .action(async (config, options) => done(await (await import('./watch.ts')).watch(config, options, io)));

  add('resume', 'go on with a run that was stopped, failed or died', 'selfsup resume latest')
    .argument(run, runHelp)
    .option('--json', 'print one JSON object a line; the last one has event "done"')
    .action(async (wanted, options) => done(await (await import('./resume.ts')).resume(wanted, options, io)));

  add('runs', 'list the runs of this folder, newest first', 'selfsup runs')
    .option(...json)
    .option('--delete <run>', 'delete a run and everything in its folder')
    .action(async (options) => done((await import('./runs.ts')).runs(options, io)));

  add('compare', 'say how runs differ, in settings and in results', 'selfsup compare vicreg simclr')
    .argument('<run...>', `two runs or more: ${runHelp}`)
    .option(...json)
    .action(async (wanted, options) => done((await import('./compare.ts')).compare(wanted, options, io)));

  add('evaluate', 'judge the encoder of a run again, beside its controls', 'selfsup evaluate latest')
    .argument(run, runHelp)
    .addOption(new Option('--device <name>', 'where to compute').choices(['auto', ...deviceNames]))
    .option('--json', 'print one JSON object a line; the last one has event "done"')
    .action(async (wanted, options) =>
      done(await (await import('./evaluate.ts')).evaluate(wanted, options, io)),
    );

  add('embed', 'write one feature vector per sample', 'selfsup embed latest --format csv --input new-photos')
    .argument(run, runHelp)
    .addOption(new Option('-f, --format <name>', 'file format').choices(['npy', 'csv']).default('npy'))
    .option('-i, --input <path>', "other data than the run's own")
    .option('-o, --output <folder>', 'folder to write to (default: embeddings/ of the run)')
    .option(...json)
    .action(async (wanted, options) => done(await (await import('./embed.ts')).embed(wanted, options, io)));

  add(
    'export',
    'take the encoder of a run away as ONNX and safetensors',
    'selfsup export latest --format onnx -o model',
  )
    .argument(run, runHelp)
    .option('-f, --format <names>', 'onnx, safetensors or both, with a comma between', parseFormats)
    .option('-o, --output <folder>', 'folder to write to (default: export/ of the run)')
    .option(...json)
    .action(async (wanted, options) =>
      done(await (await import('./export.ts')).exportRun(wanted, options, io)),
    );

  add('doctor', 'say which devices work here and what the others need', 'selfsup doctor')
    .option(...json)
    .action(async (options) => done(await (await import('./doctor.ts')).doctor(options, io)));

  add('methods', 'list the pretext methods with their papers', 'selfsup methods')
    .option(...json)
    .action(async (options) => done((await import('./methods.ts')).methods(options, io)));

  return program;
}

function parseSamples(text: string): number {
  const samples = Number(text);
  if (Number.isInteger(samples) && samples >= 1 && samples <= 64) return samples;
  throw new InvalidArgumentError(`Found ${text}; expected a whole number from 1 to 64.`);
}

function parseFormats(text: string): ('onnx' | 'safetensors')[] {
  return text.split(',').map((name) => {
    if (name === 'onnx' || name === 'safetensors') return name;
    throw new InvalidArgumentError(`Found ${name}; expected onnx, safetensors or onnx,safetensors.`);
  });
}
