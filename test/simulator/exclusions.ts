/** What a run owes to nodes that a person excluded from it, whatever the engine: it leaves them alone, and says the truth about them. */
import type { RunEvent } from '../../common/events.ts';
import { planIndex } from '../../controller/sequencer/run/run-index.ts';
import { isEffectOf, type OpenEffect } from '../../controller/sequencer/run/run-status.ts';
import type { Outcome, Play } from './play.ts';
import type { SimWorld } from './sim-world.ts';

/** What may still be asked of one: that it restores a setting, or tells what it sees of others. */
const harmless: readonly string[] = ['unset', 'observe', 'await'];

/** P22: nothing of it is begun any more, and no order changes anything there but to restore what was set. */
export function excludedAreLeftAlone({ world, plan }: Play<SimWorld>, { events }: Outcome): void {
  const excluded = new Set<string>();
  for (const [at, { body: event }] of events.entries()) {
    if (event.type === 'excluded') excluded.add(event.instance);
    if (event.type === 'turn-chosen' && excluded.has(planIndex(plan).place(event.turn)?.turn.instance ?? ''))
      world.broke(`P22 ${event.turn} was begun (event ${at + 1}) after its node was excluded`);
    if (event.type !== 'order-dispatched' || !excluded.has(event.instance)) continue;
    const kind = planIndex(plan).step(event.step)?.step.body.kind ?? '';
    if (!harmless.includes(kind)) world.broke(`P22 ${event.instance} was ordered ${event.step} (event ${at + 1}) after it was excluded`);
  }
}

/** P19: what was set is restored, or it is left because of an excluded node and the end names it. */
export function effectsAreRestoredOrNamed({ world }: Play<SimWorld>, { events, status, printed }: Outcome): void {
  let open: readonly OpenEffect[] = [];
  const excluded = new Set<string>();
  for (const { body } of events) follow(body);
  if (['done', 'rolled-back', 'aborted'].includes(status.state))
    for (const { key, instance } of open)
      world.broke(`P19 the run is ${status.state}, and ${key} of ${instance} is neither restored nor named`);
  for (const { instance, key, leftFor } of status.leftEffects ?? []) {
    const named =
      printed === null || printed.excluded.some((each) => each.instance === leftFor && each.effectsLeft.some((left) => left.key === key));
    if (!named) world.broke(`P19 ${key} of ${instance} is left for ${leftFor}, and nobody is told`);
    if (status.endReason !== null && !status.endReason.includes(`${key} of ${instance} stays`))
      world.broke(`P19 ${key} of ${instance} is left for ${leftFor}, and the end does not name it`);
  }

  function follow(event: RunEvent): void {
    if (event.type === 'excluded') excluded.add(event.instance);
    if (event.type !== 'effect-opened' && event.type !== 'effect-closed') return;
    const key = event.type === 'effect-opened' ? event.effect.key : event.key;
    open = open.filter((each) => !isEffectOf(each, event.instance, key));
    if (event.type === 'effect-opened') open = [...open, { ...event.effect, instance: event.instance }];
    if (event.type !== 'effect-closed') return;
    const { leftFor } = event;
    if (leftFor !== undefined && !excluded.has(leftFor))
      world.broke(`P19 ${event.key} of ${event.instance} is left for ${leftFor}, which is not excluded`);
  }
}

/** P15: what the end says that an excluded node was left at is what is active on its host. */
export function excludedAreAsTheEndSays(
  { world }: Play<SimWorld>,
  { status }: Outcome,
  activeOn: (instance: string) => string | null,
): void {
  const { endReason, state } = status;
  if (endReason === null || !['done', 'rolled-back'].includes(state)) return;
  for (const { instance } of status.excluded) {
    const said = new RegExp(`${instance} was excluded by [^)]*\\) and ([^;]*)`).exec(endReason)?.[1];
    if (said === undefined) world.broke(`P15 the run is ${state}, and its end does not tell of ${instance}, which was excluded`);
    const versions = said === undefined ? null : /(?:left at|^runs) (.*)$/.exec(said)?.[1]?.split(' or ');
    const active = activeOn(instance);
    if (versions != null && active !== null && !versions.includes(active))
      world.broke(`P15 the end says that ${instance} ${said}, and ${active} is active there`);
  }
}
