/** The rollbacks of a switchover: one for as long as the promotion was never ordered, one from then on. PURE. */
import { actOf } from '../../../common/closed-list.ts';
import type { ConfigRevision } from '../../../common/orders.ts';
import type { Step } from '../../../common/plan.ts';
import type { TurnInput } from '../../../common/shape-forms.ts';
import { guard, stepOf } from '../../kit/pure/steps.ts';
import { type Around, turnedRound } from '../../kit/pure/turns.ts';
import { type Cast, change, downtime, exchange, promptOf, proofOfRole, repoint, standIn } from '../exchange.ts';
import { healthCheckSteps, streams } from '../health-steps.ts';
import { ofDowntime } from '../limits.ts';
import { verbs } from '../verbs.ts';

/**
 * The promotion was never ordered: the primary becomes one again, once it is verified that no other member is. It was only stopped, so the release
 * that it ran is still in place.
 */
export function undoBefore(input: TurnInput, { standby }: Cast, sync: Around): readonly Step[] {
  const { node, hop, fromRelease } = input;
  const prefix = `${input.idPrefix}.undo`;
  return [
    proofOfRole(standby, `${prefix}.unpromoted`, 'standby', `${standby.instance} is still a standby`),
    change(node.instance, `${prefix}.unfence`, 'remove the fence', actOf(verbs, 'unfence', {})),
    stepOf(node.instance, {
      id: `${prefix}.start`,
      title: 'start as primary',
      body: downtime(['activate', 'start'], hop.from, fromRelease),
      ...ofDowntime,
    }),
    ...healthCheckSteps(input, prefix, hop.from),
    ...renamed(sync.after, prefix, 'unsync'),
  ];
}

/**
 * The promotion was ordered: the role goes back the same way. First the former primary runs its old release as a standby, wherever it stood:
 * stopped and fenced, on the new release, or rolled back already because the new one did not start. So it is primary again with one pause of
 * writes. That a minor reads the WAL of a newer one is likely and not sure (chapter Log-Shipping Standby Servers, Planning): it must be seen
 * to follow before the other one is stopped. A configuration is rolled back last, by another pause: limits that it lowers must not be lower
 * on a standby than on its primary.
 */
export function undoAfter(input: TurnInput, cast: Cast, sync: Around): readonly Step[] {
  const { hop, config } = input;
  const { primary, standby, others, standbyRelease } = cast;
  const prefix = `${input.idPrefix}.undo.handover`;
  const back = standIn(prefix, primary, standby, others);
  const prompt = promptOf([primary, ...others]);
  return [
    proofOfRole(standby, `${prefix}.promoted`, 'primary', `${standby.instance} takes writes`),
    ...gather(input, cast, prefix),
    ...back.before,
    ...exchange({
      prefix,
      of: primary.instance,
      leaving: standby,
      taking: primary,
      others,
      guards: [
        guard('role-is', 'primary'),
        guard('can-follow'),
        guard('readable-at-rest'),
        guard('can-start', standbyRelease),
        ...prompt.map((party) => guard('member-in-service', party.member)),
      ],
      stop: { release: standbyRelease, version: hop.to },
      start: downtime(['stop', 'activate', 'start'], hop.to, standbyRelease),
      handedSlots: [],
    }),
    ...(config === null ? [] : [oldConfig(input, prefix, config)]),
    ...healthCheckSteps(input, prefix, hop.from),
    ...back.after,
    ...renamed(sync.after, prefix, 'unsync-successor'),
  ];
}

/** A member that was not reached on the way there would be lost during the rollback. */
function gather(input: TurnInput, { primary, standby, others }: Cast, prefix: string): readonly Step[] {
  const { hop, fromRelease, toRelease } = input;
  const prompt = promptOf([primary, ...others]).map(({ member }) => member);
  // Standing on the right release it is only started, if it does not run.
  const start =
    fromRelease === toRelease
      ? downtime(['activate', 'start'], hop.from, fromRelease)
      : { ...downtime(['stop', 'activate', 'start'], hop.from, toRelease, fromRelease), mode: 'downgrade' as const };
  return [
    ...others.map((other) => repoint(other, `${prefix}.gather-${other.instance}`, standby.address)),
    stepOf(primary.instance, {
      id: `${prefix}.downtime`,
      title: fromRelease === toRelease ? 'start as standby' : `downtime back to ${hop.from} as standby`,
      body: start,
      guards: [guard('can-start', fromRelease)],
      ...ofDowntime,
    }),
    ...streams(standby.instance, `${prefix}.gathered`, prompt, `streams from ${standby.member}`),
  ];
}

function oldConfig({ node, hop, fromRelease }: TurnInput, prefix: string, config: ConfigRevision): Step {
  const parts = ['quiesce', 'stop', 'activate', 'start'] as const;
  return stepOf(node.instance, {
    id: `${prefix}.config`,
    title: 'downtime back to its configuration',
    body: { ...downtime(parts, hop.from, fromRelease), config: turnedRound(config) },
    guards: [guard('can-start', fromRelease)],
    ...ofDowntime,
  });
}

const renamed = (steps: readonly Step[], prefix: string, name: string): readonly Step[] =>
  steps.map((step) => ({ ...step, id: `${prefix}.${name}` }));
