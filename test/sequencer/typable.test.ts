/** What a run offers is pasted into a shell at 2 a.m.: it must be a command that there is. */
import { Command, CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { addCommands } from '../../cli/program.ts';
import { commandLine, nextLines } from '../../cli/render/run-text.ts';
import { adoptCommand } from '../../common/commands.ts';
import { wayOutOfBehind } from '../../common/holds.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { isOver } from '../../controller/sequencer/run/run-status.ts';
import { nextCommands } from '../../controller/views/legal-commands.ts';
import { QuayFleet } from '../quay/fleet.ts';
import { quayProcedure } from '../quay/procedure.ts';
import { quayPacks } from '../quay/rules.ts';
import { type KindName, kindNames, runOfKind } from './kinds-of-runs.ts';
import { PureRun } from './pure-run.ts';
import { actor, Stage } from './stage.ts';

/** The words that a shell makes of it; null: a shell takes a part of it for something else than a word. */
function shellWords(command: string): readonly string[] | null {
  const words = command.match(/(?:"[^"$`\\!]*"|[^\s"'|&;<>()$`\\*?[\]#~!{}])+/g) ?? [];
  return words.join(' ') === command ? words.map((word) => word.replaceAll('"', '')) : null;
}

/** Parses the words as a shell and `drydock` do, and carries nothing out; null: they take them. */
async function complaintOf(command: string): Promise<string | null> {
  const program = new Command('drydock').exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  program.option('-o, --output <format>').option('--controller <address>').option('--context <name>');
  let isCarried = false;
  addCommands(program, async () => {
    isCarried = true;
  });
  const quiet = (each: Command): void => {
    each.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    for (const below of each.commands) quiet(below);
  };
  quiet(program);
  const words = shellWords(command);
  if (words === null) return 'a shell takes it for something else';
  try {
    await program.parseAsync(words.slice(1), { from: 'user' });
    return isCarried ? null : 'it does nothing';
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.message;
    throw thrown;
  }
}

async function* endsOf(kind: KindName) {
  const oneIsDone = (run: PureRun) => run.play((status) => status.turns.filter(({ turn }) => turn.includes('.roll.')).length > 0);
  for (const event of [null, 'abort-started', 'rollback-started'] as const) {
    const { fleet, plan } = await runOfKind(kind);
    const run = new PureRun(fleet, plan);
    if (event !== null) {
      await oneIsDone(run);
      if (!isOver(run.status)) run.say({ type: event, actor: 'ann', reason: 'not tonight' });
    }
    await run.play();
    yield run;
  }
}

test('13.2: a word that is no command or option is noticed here', async () => {
  expect(await complaintOf('drydock plan pg-main --two 16.14')).toContain('--two');
  expect(await complaintOf('drydock restor r-3')).not.toBeNull();
  expect(await complaintOf('drydock resolve r-3 h1.x --as done|failed --reason TEXT')).toContain('a shell');
  expect(await complaintOf('drydock resolve r-3 h1.x --as done --reason TEXT now')).toContain('too many');
  expect(await complaintOf('drydock resolve r-3 h1.x --as done --reason "seen by me"')).toBeNull();
  expect(await complaintOf('drydock plan pg-main --to 16.14')).toBeNull();
});

test.each(kindNames)('13.2: what is offered at the end of a run for %s, and in its plan, can be typed as it stands', async (kind) => {
  for await (const run of endsOf(kind)) {
    const { plan, status } = run;
    const next = nextCommands({ plan, status, view: (await run.decisionInput()).view });
    expect(nextLines({ next }).every((line) => line.includes(': drydock '))).toBe(true);
    const inPlan = renderPlan(plan, 'p-1', 'sha256:0').match(/drydock plan .*$/gm) ?? [];
    for (const command of [...next.map((each) => each.command), ...inPlan])
      expect(`${command}: ${await complaintOf(command)}`).toMatch(/: null$/);
  }
});

/** All that the status of a run offers, as it is printed. */
async function offersOf(stage: Pick<Stage, 'controller'>, run: string): Promise<readonly string[]> {
  const { holds, legalCommands } = await stage.controller.runs.getRun(run);
  return [...holds.flatMap(({ commands }) => commands), ...legalCommands].map((command) => commandLine(command, run));
}

async function expectTypable(commands: readonly string[]): Promise<void> {
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) expect(`${command}: ${await complaintOf(command)}`).toMatch(/: null$/);
}

describe('13.2: what a run offers can be typed as it stands, by status, watch, JSON and bundle', () => {
  test('where a step failed, each end of it among the commands of its hold', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step === 'h1.roll.pg-3.standby.downtime' ? 'fails-and-reverts' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    const step = 'h1.roll.pg-3.standby.downtime';
    const resolves = ['done', 'failed'].map((as) => `resolve ${run} ${step} --as ${as} --reason "…"`);
    const { holds } = await stage.controller.runs.getRun(run);
    expect(holds.find(({ kind }) => kind === 'order-failed')?.commands).toEqual([
      `retry ${run} ${step}`,
      `rollback ${run}`,
      ...resolves,
      `exclude ${run} pg-3 --reason "…"`,
      `abort ${run}`,
    ]);
    await expectTypable(await offersOf(stage, run));
  });

  test('where the agent of a step is away', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.step.endsWith('pg-2.standby.settle');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    stage.fleet.unlink('pg-2');
    await stage.holding(run, 'agent-lost');
    const offers = await offersOf(stage, run);
    expect(offers.filter((command) => command.includes(' resolve '))).toHaveLength(2);
    await expectTypable(offers);
  });

  test('where a step waits for a person, and where the run rests', async () => {
    const fleet = new QuayFleet(['router-1', 'store-1', 'store-2', 'store-3'], '1.1');
    await using stage = await Stage.over(fleet, ['1.1', '2.0'], new Map([['quay', quayProcedure]]));
    stage.packs = quayPacks;
    const run = await stage.started({ cluster: 'quay-main', toVersion: '2.0', settleMs: 0 });
    await stage.holding(run, 'awaiting-consent');
    const offers = await offersOf(stage, run);
    expect(offers.some((command) => command.includes(' confirm '))).toBe(true);
    await expectTypable(offers);
    const { holds, digest } = await stage.controller.runs.getRun(run);
    await stage.controller.runs.confirmStep(run, { step: holds[0]?.subject ?? '', digest, reason: 'go', actor });
    await stage.until(async () => (await stage.state(run)) === 'unfinalized');
    await expectTypable(await offersOf(stage, run));
  });

  test('by a controller whose store is older than its fleet', async () => {
    await expectTypable([`drydock ${adoptCommand}`, wayOutOfBehind.slice(wayOutOfBehind.indexOf('drydock '))]);
  });
});
