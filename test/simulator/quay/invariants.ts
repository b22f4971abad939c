/** What a whole run of quay must have kept, told from its log and from what the servers did. Each by its promise. */
import type { RunEvent } from '../../../common/events.ts';
import type { OrderBody } from '../../../common/orders.ts';
import { planIndex, runIndex } from '../../../controller/sequencer/run/run-index.ts';
import { holdBackKey } from '../../quay/procedure.ts';
import { effectsAreRestoredOrNamed, excludedAreAsTheEndSays, excludedAreLeftAlone } from '../exclusions.ts';
import { bodiesOf, endsOrHolds, noTimeoutSucceeds, oneEffectEach, receiptsAreItsOwn, stepsOfPlan } from '../invariants.ts';
import type { Outcome } from '../play.ts';
import { configFile, configOf } from './config.ts';
import { soakMs } from './kinds.ts';
import type { QuayPlay } from './play.ts';
import { probesKeepTheirPrice } from './price.ts';
import { restsUntilAWord } from './rest.ts';
import { releasesDir, versionIn } from './server.ts';
import { soaksAddUp } from './soak.ts';

/** Adds every breach to the world's list. */
export function judge(play: QuayPlay, outcome: Outcome): void {
  const judges = [
    oneEffectEach,
    receiptsAreItsOwn,
    noTimeoutSucceeds,
    nothingWithoutConsent,
    soakedBeforeItIsFinal,
    wavesInOrder,
    nothingLossyAlone,
    endedAsSeen,
    restsUntilAWord,
    soaksAddUp,
    probesKeepTheirPrice,
    excludedAreLeftAlone,
    effectsAreRestoredOrNamed,
    excludedKeepWhatIsSaid,
    endsOrHolds,
    offersLeadToAnEnd,
  ];
  for (const each of judges) each(play, outcome);
}

/** What a person must have agreed to before this is done, by the begin of its sentence; null: it can be undone. */
function agreement({ kind }: { readonly kind: string }, body: OrderBody): RegExp | null {
  if (body.kind === 'job' && body.name === 'migrate') return /^migrate /;
  if (body.kind === 'act' && body.verb === 'finalize') return /^finalize /;
  if (body.kind === 'act' && body.verb === 'switch') return /^switch /;
  if (body.kind === 'instance' && body.action === 'retire') return /^retire /;
  if (body.kind === 'downtime' && body.restore !== undefined) return /^roll back to /;
  if (kind === 'all-stop' && body.kind === 'downtime' && body.parts.includes('quiesce')) return /^stop all /;
  return null;
}

/** P11: a person said go to exactly this, of exactly this plan, and that had not expired. */
function nothingWithoutConsent({ world, plan }: QuayPlay, outcome: Outcome): void {
  const [hop] = plan.hops;
  const agreed = new Map<string, boolean>();
  for (const event of bodiesOf(outcome)) {
    const step = 'step' in event ? planIndex(plan).step(event.step)?.step : undefined;
    if (step === undefined) continue;
    if (event.type === 'step-confirmed' && step.body.kind === 'consent')
      agreed.set(step.body.thing, event.digest === digestOf(outcome) && event.actor !== '');
    if (event.type === 'consent-expired' && step.body.kind === 'consent') agreed.delete(step.body.thing);
    if (event.type !== 'order-dispatched') continue;
    const wanted = agreement({ kind: hop?.kind ?? '' }, step.body as OrderBody);
    if (wanted === null || [...agreed].some(([thing, isOfPlan]) => wanted.test(thing) && isOfPlan)) continue;
    world.broke(`P11 ${event.step} was ordered, and nobody agreed to ${String(wanted)} of this plan`);
  }
}

const digestOf = (outcome: Outcome): string =>
  bodiesOf(outcome).flatMap((event) => (event.type === 'approved' ? [event.digest] : []))[0] ?? '';

/** P10: what is final comes when the cluster was watched for as long as was asked for. */
function soakedBeforeItIsFinal({ world, plan }: QuayPlay, { events }: Outcome): void {
  const steps = stepsOfPlan({ plan });
  const isFinal = (event: RunEvent): boolean => {
    const body = event.type === 'order-dispatched' ? steps.get(event.step)?.body : undefined;
    return body?.kind === 'act' && body.verb === 'finalize';
  };
  const at = events.findIndex(({ body }) => isFinal(body));
  if (at === -1 || !world.kind.rests) return;
  const before = events.slice(0, at);
  const ofSoak = ({ body }: { readonly body: RunEvent }) => 'step' in body && steps.get(body.step)?.body.kind === 'soak';
  const begun = before.find((event) => event.body.type === 'step-begun' && ofSoak(event));
  const settled = before.findLast((event) => event.body.type === 'step-settled' && ofSoak(event) && event.body.verdict.ok);
  const watchedMs = begun === undefined || settled === undefined ? 0 : settled.atMs - begun.atMs;
  const wantedMs = world.options.soakMs ?? soakMs;
  if (watchedMs < wantedMs) world.broke(`P10 finalized (event ${at + 1}) after the cluster was watched for ${watchedMs} ms of ${wantedMs}`);
}

/** Each wave begins when the one before it is over, and on the way back when the one after it was undone. */
function wavesInOrder({ world, plan }: QuayPlay, outcome: Outcome): void {
  const hop = plan.hops[0];
  if (hop === undefined || hop.kind === 'rolling') return;
  const waves = hop.phases.flatMap((phase) => phase.waves);
  const waveOf = new Map(waves.flatMap((wave, at) => wave.turns.map((turn) => [turn.id, at] as const)));
  const open = new Map<string, { readonly at: number; way: 'forward' | 'back'; isOver: boolean }>();
  const leftOut = new Set<string>();
  for (const event of bodiesOf(outcome)) {
    if (event.type === 'turn-chosen') {
      const at = waveOf.get(event.turn);
      if (at === undefined) continue;
      for (const [other, { at: otherAt, isOver, way }] of open) {
        const isEarlier = event.way === 'forward' ? otherAt < at && !isOver : otherAt > at && !(way === 'back' && isOver);
        if (isEarlier && !leftOut.has(other) && hasWork(other, event.way))
          world.broke(`waves: ${event.turn} was begun ${event.way === 'forward' ? 'there' : 'back'} before ${other} was over`);
      }
      open.set(event.turn, { at, way: event.way, isOver: false });
    }
    if ((event.type === 'order-ended' || event.type === 'step-settled') && event.verdict.ok) close(event.turn, event.step);
    if (event.type === 'step-confirmed' || event.type === 'step-excused') close(event.turn, event.step);
    if (event.type === 'step-resolved' && event.as === 'done') close(event.turn, event.step);
    if (event.type === 'excluded') goOnWithout(event.instance);
  }

  /** Nothing more of its turns is done, there or back. */
  function goOnWithout(instance: string): void {
    for (const { id, instance: own } of waves.flatMap(({ turns }) => turns)) if (own === instance) leftOut.add(id);
  }

  function close(turn: string, step: string): void {
    const place = open.get(turn);
    const variant = waves.flatMap(({ turns }) => turns).find(({ id }) => id === turn)?.variants[0];
    const list = place?.way === 'forward' ? variant?.steps : variant?.undo;
    if (place !== undefined && list?.at(-1)?.id === step) place.isOver = true;
  }

  function hasWork(turn: string, way: 'forward' | 'back'): boolean {
    const found = waves.flatMap(({ turns }) => turns).find(({ id }) => id === turn);
    const variant = found?.variants[0];
    return (way === 'forward' ? variant?.steps : variant?.undo)?.length !== 0;
  }
}

/** P11: nothing is rolled back automatically where something is lost by it. */
function nothingLossyAlone({ world, plan }: QuayPlay, outcome: Outcome): void {
  const isAlone = bodiesOf(outcome).some((event) => event.type === 'rollback-started' && event.actor === null);
  if (isAlone && plan.hops.some(({ rollback }) => rollback !== 'lossless'))
    world.broke('P11 was rolled back automatically where something is lost by it');
}

/** P15, P19, P20: done and rolled back are what every server runs and keeps. */
function endedAsSeen({ world, plan }: QuayPlay, outcome: Outcome): void {
  const { state } = outcome.status;
  const { kind, servers } = world;
  const isNamed = outcome.status.leftEffects?.some(({ key }) => key === holdBackKey) === true;
  if (['done', 'aborted', 'rolled-back'].includes(state) && world.holdBack.value !== null && !isNamed)
    world.broke(`P19 the run is ${state}, and ${holdBackKey} is left at ${world.holdBack.value}`);
  if (state === 'aborted' || state === 'rolled-back')
    for (const { name, prepared } of servers) if (prepared) world.broke(`P19 the run is ${state}, and ${name} is left prepared`);
  if (state === 'aborted')
    for (const { name, isUp } of servers)
      if (!isUp && !world.excluded.has(name)) world.broke(`P20 the run is aborted, and ${name} is left down`);
  if (state !== 'done' && state !== 'rolled-back') return;
  const wanted = state === 'done' ? kind.to : kind.from;
  for (const { name, host } of servers)
    if (!isLens(name) && !world.excluded.has(name) && host.texts.get(configFile) !== configOf(kind, wanted))
      world.broke(`P11 the run is ${state}, and ${name} has another configuration than before it`);
  for (const { name, version, data, clone, retired } of servers) {
    if (isLens(name) || world.excluded.has(name)) continue;
    if (version !== wanted) world.broke(`P15 the run is ${state}, and ${name} runs ${version ?? 'nothing'}`);
    if (data.migrated > 0) world.broke(`P15 the run is ${state}, and the data of ${name} are half migrated`);
    if (state === 'rolled-back' && clone !== null) world.broke(`P11 the run is rolled back, and the clone of ${name} is still there`);
    if (kind.hop === 'side-by-side' && retired !== (state === 'done'))
      world.broke(`P11 the run is ${state}, and ${name} is ${retired ? '' : 'not '}retired`);
  }
  if (state === 'done' && runIndex(plan, outcome.status).currentHop !== null) world.broke('P10 the run is done, and a hop of it is not');
}

const excludedKeepWhatIsSaid = (play: QuayPlay, outcome: Outcome): void =>
  excludedAreAsTheEndSays(play, outcome, (name) => {
    const { clone, host } = play.world.server(name);
    return clone?.state === 'switched' ? clone.version : versionIn(host.folders.get(releasesDir)?.current ?? '') || null;
  });

const isLens = (name: string): boolean => name.startsWith('lens');

/** P22: the person of this play did what was offered, again and again. */
function offersLeadToAnEnd({ world }: QuayPlay, { status }: Outcome): void {
  if (['done', 'rolled-back', 'aborted'].includes(status.state)) return;
  const holds = status.holds.map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`).join('; ');
  world.broke(`P22 the run is ${status.state}, and nothing that it offers led to an end: ${holds}`);
}
