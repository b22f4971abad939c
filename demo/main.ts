/**
 * `npm run demo [-- --keep] [--report FILE] [--primary switchover|restart]`: a real cluster is upgraded under load on this machine, and a broken release is stopped.
 * For a fleet that was kept: `--start-controller DIR` and `--end DIR`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, printFailure, toFailure } from '../common/failure.ts';
import { verdictsOn } from './demo-report.ts';
import { endedText, endFleet } from './end.ts';
import { type DemoFleet, lastWords, startFleet } from './fleet.ts';
import { hostAt } from './hosts.ts';
import { howToDrive, howToEnd } from './keep.ts';
import { controllerUnit, hostLayout } from './layout.ts';
import { type Narrator, narrateTo } from './narrator.ts';
import { newVersion, oldVersion, play } from './play.ts';
import type { PrimaryTurn } from './stage-upgrade.ts';

const interruptedCode = 130;

interface Wishes {
  readonly keep: boolean;
  readonly report: string | undefined;
  readonly primary: PrimaryTurn;
}

/** Plays, judges, writes the report; 0 only when every promise was kept. */
async function perform(fleet: DemoFleet, narrator: Narrator, wishes: Wishes): Promise<number> {
  const report = await play(fleet, narrator, wishes.primary);
  if (wishes.report !== undefined) writeFileSync(wishes.report, `${JSON.stringify(report, null, 2)}\n`);
  narrator.heading('What came of it');
  const verdicts = verdictsOn(report);
  for (const { good, text } of verdicts) narrator.verdict(good, text);
  return verdicts.every(({ good }) => good) ? 0 : 1;
}

async function main(wishes: Wishes): Promise<number> {
  const narrator = narrateTo(process.stdout, process.env);
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort(new Error(name)));
  process.on('uncaughtException', (error) => interrupted.abort(error)); // a closed pipe, say: even then everything is ended in order
  const { signal } = interrupted;
  let fleet: DemoFleet | null = null;
  let exitCode = 1;
  try {
    narrator.heading('A fleet on this machine');
    fleet = await startFleet({ version: oldVersion, attached: !wishes.keep, signal, say: narrator.say });
    exitCode = await perform(fleet, narrator, wishes);
    if (wishes.keep) {
      await fleet.addRelease(oldVersion);
      process.stdout.write(howToDrive(fleet, newVersion, oldVersion));
      return exitCode;
    }
  } catch (thrown) {
    exitCode = signal.aborted ? interruptedCode : 1;
    console.error(signal.aborted ? `\ninterrupted by ${String(signal.reason.message)}` : `\ndemo: ${printFailure(toFailure(thrown))}`);
    if (fleet !== null && !signal.aborted) await printLogs(fleet.dir);
  }
  if (fleet === null) return exitCode;
  if (wishes.keep && !signal.aborted) {
    console.error(`the fleet stays up as it is${howToEnd(fleet.dir)}`);
    return exitCode;
  }
  narrator.say(endedText(fleet.dir, await fleet.stop()));
  return exitCode;
}

/** The last words of every program, for whoever must find out why: the folder is about to go. */
async function printLogs(dir: string): Promise<void> {
  for (const log of [
    'controller/controller',
    'pg-1/agent',
    'pg-2/agent',
    'pg-3/agent',
    'pg-1/postgres',
    'pg-2/postgres',
    'pg-3/postgres',
  ]) {
    console.error(`--- ${log}.log\n${await lastWords(join(dir, `${log}.log`))}`);
  }
}

function primaryTurnOf(text: string): PrimaryTurn {
  if (text === 'switchover' || text === 'restart') return text;
  throw fail('usage', 'bad-option', `--primary ${text}: expected switchover or restart`);
}

async function startController(dir: string): Promise<number> {
  const { pid } = await hostAt(hostLayout(dir, 'controller')).start(controllerUnit);
  console.log(`the controller runs, pid ${pid}`);
  return 0;
}

async function end(dir: string): Promise<number> {
  console.log(endedText(dir, await endFleet(dir)));
  return 0;
}

function begin(): Promise<number> {
  const { values } = parseArgs({
    options: {
      keep: { type: 'boolean', default: false },
      report: { type: 'string' },
      primary: { type: 'string', default: 'restart' },
      end: { type: 'string' },
      'start-controller': { type: 'string' },
    },
  });
  if (values.report !== undefined) writeFileSync(values.report, ''); // fails now rather than after the play, and no older report is taken for this one
  if (values['start-controller'] !== undefined) return startController(values['start-controller']);
  if (values.end !== undefined) return end(values.end);
  return main({ keep: values.keep, report: values.report, primary: primaryTurnOf(values.primary) });
}

try {
  process.exitCode = await begin();
} catch (thrown) {
  console.error(`demo: ${printFailure(toFailure(thrown))}`);
  process.exitCode = 1;
}
