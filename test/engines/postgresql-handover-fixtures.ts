/** Clusters whose members tell all that a switchover needs to know, and their turns as lines that a person can compare. */
import { z } from 'zod';
import type { ClusterView, NodeView } from '../../common/facts.ts';
import { memberAddress, type OrderBody } from '../../common/order-body.ts';
import type { Direction, Step } from '../../common/plan.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import type { ServerFacts } from '../../engines/postgresql/facts.ts';
import { changed, clusterOf, withServer } from './postgresql-fixtures.ts';

/** As clusterOf, with every member reachable by its peers, able to follow, and a slot of its own where `slots` names one. */
export function handoverCluster(
  standbys: readonly string[],
  options: { readonly below?: Readonly<Record<string, string>>; readonly slots?: Readonly<Record<string, string>> } = {},
): ClusterView {
  const view = clusterOf(standbys, options.below ?? {});
  return view.nodes.reduce(
    (so, { instance }) =>
      server(so, instance, {
        advertised: { host: `${instance}.example`, port: 5432 },
        canFollow: true,
        primarySlot: options.slots?.[instance] ?? null,
      }),
    view,
  );
}

/** The cluster with some of what one server said changed. */
export function server(view: ClusterView, instance: string, change: Partial<ServerFacts>): ClusterView {
  return changed(view, instance, (facts) => withServer(facts, change));
}

export function nodeNamed(view: ClusterView, instance: string): NodeView {
  const node = view.nodes.find((candidate) => candidate.instance === instance);
  if (node === undefined) throw new RangeError(`no ${instance}`);
  return node;
}

export function turnInput(
  view: ClusterView,
  instance: string,
  role: string,
  change: Partial<TurnInput> & { readonly direction?: Direction } = {},
): TurnInput {
  const node = nodeNamed(view, instance);
  const { direction = 'upgrade', ...rest } = change;
  const [from, to] = direction === 'upgrade' ? ['16.4', '16.14'] : ['16.14', '16.4'];
  return {
    idPrefix: `h1.roll.${instance}.${role}`,
    node,
    peers: view.nodes.filter((other) => other !== node),
    role,
    hop: { from, to, direction },
    fromRelease: `${from}-aaaaaaaaaaaa`,
    toRelease: `${to}-bbbbbbbbbbbb`,
    settleMs: 60_000,
    successor: null,
    config: null,
    reloadOnly: false,
    restore: null,
    ...rest,
  };
}

/** For goals that stay at the version that runs. */
export const level: Partial<TurnInput> = {
  hop: { from: '16.4', to: '16.4', direction: 'upgrade' },
  fromRelease: '16.4-aaaaaaaaaaaa',
  toRelease: '16.4-aaaaaaaaaaaa',
};

/** `<executor>  <id after the prefix>  <what>  [gate]`. */
export function linesOf(steps: readonly Step[], prefix: string): readonly string[] {
  return steps.map((step) => {
    const { executor } = step;
    const one = executor.kind === 'role' ? executor.role : executor.kind === 'instance' ? executor.instance : null;
    const who = one ?? (executor.kind === 'peer' ? `${executor.preferRole} beside ${executor.of}` : '');
    const once = step.repeat === 'once' ? ', once' : '';
    const token = step.tokenFrom === undefined ? '' : `, token of ${step.tokenFrom.replace(`${prefix}.`, '')}`;
    const healthCheck = step.healthCheck === null ? '' : ` [${step.healthCheck}]`;
    return `${who}  ${step.id.replace(`${prefix}.`, '')}  ${bodyText(step.body)}${once}${token}${healthCheck}`;
  });
}

function bodyText(body: Step['body']): string {
  switch (body.kind) {
    case 'downtime':
      return `${body.mode} downtime ${body.parts.join('+')} ${releaseText(body.fromRelease)} > ${releaseText(body.toRelease)} runs ${body.expectVersion}${body.act === undefined ? '' : `, ${actText(body.act)}`}`;
    case 'await':
      return `await ${body.condition}${body.member === null ? '' : ` ${body.member}`}${body.steadyMs === 0 ? '' : ` for ${body.steadyMs / 1000} s`}`;
    case 'set':
      return `set ${body.key} '${body.value}'`;
    case 'unset':
      return `unset ${body.key}`;
    case 'act':
      return actText(body);
    default:
      return body.kind;
  }
}

function actText({ verb, args }: Pick<Extract<OrderBody, { kind: 'act' }>, 'verb' | 'args'>): string {
  const { follow, slots = [] } = z.object({ follow: memberAddress.optional(), slots: z.array(z.string()).optional() }).parse(args);
  const target = follow === undefined ? '' : ` > ${follow.member} at ${follow.host}:${follow.port}`;
  return `${verb}${target}${slots.length > 0 ? ` slots ${slots.join(' ')}` : ''}`;
}

const releaseText = (release: string): string => release.replace(/-.*/, '');
