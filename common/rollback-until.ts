/** PURE. Until when `drydock rollback` works on a run of a plan, and what to do afterwards: printed before consent. */

import { oppositeOf, returnCommand } from './commands.ts';
import { durationText } from './duration-text.ts';
import type { Finalize, Hop, Plan } from './plan.ts';

/** One sentence; a restore has its own. */
export function rollbackUntil(plan: Plan): string {
  const { goal, hops, cluster } = plan;
  const lossy = hops.find(({ rollback }) => rollback !== 'lossless');
  if (lossy?.rollbackConsent !== undefined) return [withLoss(plan, lossy), ...otherHops(plan, lossy)].join(' ');
  const passing = hops.find((hop) => firstLossy(hop) !== undefined);
  if (passing !== undefined)
    return `Rollback: \`drydock rollback\` works until the phase ${firstLossy(passing)} begins, the point of no return; afterwards restore a backup made outside this run to return to ${passing.from}.`;
  if (lossy !== undefined)
    return `Rollback: \`drydock rollback\` does not work for ${lossy.from} → ${lossy.to}: its rollback is ${lossy.rollback}.`;
  if (goal.release === undefined && goal.config === undefined)
    return 'Rollback: a restart leaves nothing to roll back; `drydock abort` ends the run between two nodes.';
  const rests = hops.find(({ finalize }) => isCommanded(finalize));
  if (rests !== undefined) return untilFinalized(plan, rests);
  const what = hops.length === 1 ? '' : ' for the current hop';
  const afterwards =
    goal.config === undefined
      ? `plan ${articled(oppositeOf(plan.direction))}: ${returnCommand(plan)}`
      : `plan the former configuration: drydock plan ${cluster} --config FILE`;
  return `Rollback: \`drydock rollback\` works${what} until ${until(plan)}; afterwards ${afterwards}`;
}

/** Not by the database, but because a person says so, then or by approving the plan. */
export const isCommanded = ({ policy }: Finalize): boolean => policy === 'guarded' || policy === 'manual';

/** What is gone with the rollback: what a person gives up by the word to finalize. */
export const lostByFinalizing = ({ from }: Pick<Hop, 'from'>): string => `${from} can no longer run on this data, and there is no rollback`;

function untilFinalized({ hops }: Plan, { from, to, finalize }: Hop): string {
  const [what, version, before] =
    hops.length === 1 ? ['', to, from] : [' for the current hop', 'the version that it ends at', 'the previous version'];
  const due = finalize.deadlineMs === null ? '' : `, due within ${durationText(finalize.deadlineMs)} of resting`;
  return `Rollback: \`drydock rollback\` works${what} until ${version} is finalized${due}; afterwards ${lostByFinalizing({ from: before })}.`;
}

/** By the snapshots of the run, which a person agrees to at the time; of waves from the first that loses something on. */
function withLoss({ hops }: Plan, hop: Hop): string {
  const { from, to, rollback, finalize } = hop;
  const ends = isCommanded(finalize) ? `until ${to} is finalized` : 'until the run is done';
  const works = hops.length === 1 ? ends : `in the hop to ${to}`;
  const lost =
    rollback === 'restore-node'
      ? 'a restored node gets the writes since its snapshot from its peers'
      : 'all writes since the snapshots are lost';
  const restores = `it asks for consent, then restores the snapshots of this run and starts ${from}; ${lost}`;
  const lossy = firstLossy(hop);
  const how = lossy === undefined ? `: ${restores}` : `. Until the phase ${lossy} begins it loses nothing; from then on ${restores}`;
  return `Rollback: \`drydock rollback\` works ${works}. It is never automatic${how}.`;
}

/** Of each other hop: what it goes back to, and until when. */
function otherHops({ hops }: Plan, lossy: Hop): readonly string[] {
  return hops
    .filter((hop) => hop !== lossy && hop.rollback === 'lossless')
    .map(({ from, to, finalize }) => {
      const ends = isCommanded(finalize)
        ? `until ${to} is finalized; afterwards ${lostByFinalizing({ from })}`
        : 'until that hop has ended';
      return `In the hop to ${to} it returns to ${from} without loss, ${ends}.`;
    });
}

/** Name of the first phase whose turns lose something; undefined: the hop goes node by node, or has none that loses nothing. */
function firstLossy({ phases }: Hop): string | undefined {
  const waved = phases.filter(({ waves }) => waves.some(({ order }) => order !== undefined));
  const at = waved.findIndex(({ waves }) => waves.some(({ turns }) => turns.some(({ rollback }) => rollback !== 'lossless')));
  return at > 0 ? waved[at]?.name : undefined;
}

/** All hops of one engine end alike; one that the database finalizes may be finalized as soon as its last node runs the new version. */
function until({ goal, hops, engine }: Plan): string {
  const automatic = hops.some(({ finalize }) => finalize.policy === 'automatic');
  const to = hops.length === 1 ? hops[0]?.to : 'the version that the hop ends at';
  if (automatic) return `every node runs ${to}, which ${engine} then finalizes automatically`;
  const removes = (hop: Hop) => hop.phases.some(({ name }) => name === 'cleanup');
  if (!hops.some(removes)) return 'the run is done';
  return `the run removes ${goal.release === undefined ? 'the former configuration' : 'the previous release'}, its last phase`;
}

const articled = (direction: Plan['direction']): string => (direction === 'upgrade' ? 'an upgrade' : 'a downgrade');
