/**
 * `npm run demo`: a real cluster is upgraded under load on this machine, and a broken release is stopped. Its options, also those for a fleet that
 * was kept: options.ts.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, printFailure, toFailure } from '../common/failure.ts';
import { type BootOptions, lastLines } from './base-fleet.ts';
import { stageCassandra } from './cassandra/play.ts';
import { endedText, endFleet } from './end.ts';
import { stageEtcd } from './etcd/play.ts';
import { howToEnd } from './keep.ts';
import { type Narrator, narrateTo } from './narrator.ts';
import { help, readOptions } from './options.ts';
import { stageOzone } from './ozone/play.ts';
import { type PrimaryTurn, stagePostgres } from './play.ts';
import type { Staged } from './staged.ts';
import { startController, startUnit, stopUnit } from './units-by-hand.ts';

const interruptedCode = 130;

interface Wishes {
  readonly keep: boolean;
  readonly report: string | undefined;
  readonly stage: (boot: BootOptions) => Promise<Staged>;
}

/** Plays, judges, writes the report; 0 only when every promise was kept. */
async function perform(staged: Staged, narrator: Narrator, wishes: Wishes): Promise<number> {
  const { report, verdicts } = await staged.play(narrator);
  if (wishes.report !== undefined) writeFileSync(wishes.report, `${JSON.stringify(report, null, 2)}\n`);
  narrator.heading('Result');
  for (const { good, text } of verdicts) narrator.verdict(good, text);
  return verdicts.every(({ good }) => good) ? 0 : 1;
}

async function main(wishes: Wishes): Promise<number> {
  const narrator = narrateTo(process.stdout, process.env);
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort(new Error(name)));
  process.on('uncaughtException', (error) => interrupted.abort(error)); // a closed pipe, say: even then everything is ended in order
  const { signal } = interrupted;
  let staged: Staged | null = null;
  let exitCode = 1;
  try {
    narrator.heading('A fleet on this machine');
    staged = await wishes.stage({ attached: !wishes.keep, signal, say: narrator.say });
    exitCode = await perform(staged, narrator, wishes);
    if (wishes.keep) {
      process.stdout.write(await staged.keep());
      return exitCode;
    }
  } catch (thrown) {
    exitCode = signal.aborted ? interruptedCode : 1;
    console.error(signal.aborted ? `\ninterrupted by ${String(signal.reason.message)}` : `\ndemo: ${printFailure(toFailure(thrown))}`);
    if (staged !== null && !signal.aborted) await printLogs(staged);
  }
  if (staged === null) return exitCode;
  const { fleet } = staged;
  if (wishes.keep && !signal.aborted) {
    console.error(`the fleet stays up as it is${howToEnd(fleet.dir)}`);
    return exitCode;
  }
  narrator.say(endedText(fleet.dir, await fleet.stop()));
  return exitCode;
}

/** The last lines of every program's log, so that the cause can be found: the folder is about to be removed. */
async function printLogs({ fleet, logs }: Staged): Promise<void> {
  for (const log of ['controller/controller', ...logs]) console.error(`--- ${log}.log\n${await lastLines(join(fleet.dir, `${log}.log`))}`);
}

function primaryTurnOf(text: string): PrimaryTurn {
  if (text === 'switchover' || text === 'restart') return text;
  throw fail('usage', 'bad-option', `--primary ${text}: expected switchover or restart`);
}

const stages: Readonly<Record<string, Wishes['stage']>> = { cassandra: stageCassandra, etcd: stageEtcd, ozone: stageOzone };

function stageOf(engine: string, primary: string | undefined): Wishes['stage'] {
  if (engine === 'postgresql') return (boot) => stagePostgres(boot, primaryTurnOf(primary ?? 'restart'));
  const stage = stages[engine];
  if (stage === undefined)
    throw fail(
      'usage',
      'bad-option',
      `--engine ${engine}: expected postgresql, ${Object.keys(stages).join(', ')}`.replace(/, (\w+)$/, ' or $1'),
    );
  if (primary !== undefined) throw fail('usage', 'bad-option', `--primary applies to postgresql only, not to ${engine}`);
  return stage;
}

async function reported(sentence: Promise<string>): Promise<number> {
  console.log(await sentence);
  return 0;
}

async function end(dir: string): Promise<number> {
  console.log(endedText(dir, await endFleet(dir)));
  return 0;
}

function begin(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return reported(Promise.resolve(help.trimEnd()));
  if (options.report !== undefined) writeFileSync(options.report, ''); // fails now rather than after the play, and no older report is taken for this one
  if (options.start !== undefined) return reported(startUnit(options.start));
  if (options.stop !== undefined) return reported(stopUnit(options.stop));
  if (options.startController !== undefined) return reported(startController(options.startController));
  if (options.end !== undefined) return end(options.end);
  return main({ keep: options.keep, report: options.report, stage: stageOf(options.engine, options.primary) });
}

try {
  process.exitCode = await begin();
} catch (thrown) {
  console.error(`demo: ${printFailure(toFailure(thrown))}`);
  process.exitCode = 1;
}
