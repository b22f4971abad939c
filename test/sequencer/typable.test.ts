/** What a run offers is pasted into a shell at 2 a.m.: it must be a command that there is. */
import { Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { addCommands } from '../../cli/program.ts';
import { nextLines } from '../../cli/render/run-text.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { isOver } from '../../controller/sequencer/run/run-status.ts';
import { nextCommands } from '../../controller/views/afterwards.ts';
import { type KindName, kindNames, runOfKind } from './kinds-of-runs.ts';
import { PureRun } from './pure-run.ts';

/** Parses the words as `drydock` does, and carries nothing out; null: it takes them. */
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
  try {
    await program.parseAsync(command.split(' ').slice(1), { from: 'user' });
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
