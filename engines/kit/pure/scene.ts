/** A cluster as its checks look at it, whichever the engine. PURE. */
import type { z } from 'zod';
import type { ClusterView, NodeFacts, NodeView } from '../../../common/facts.ts';

/** The engine's own facts out of NodeFacts; null: it did not answer, or the facts are of another form. */
export type FactsReader<F> = (facts: NodeFacts | null) => F | null;

export interface Member<F> {
  readonly node: NodeView;
  /** As its peers know it; null when the node did not tell. */
  readonly name: string | null;
  /** What it tells of itself; null: it does not answer, or its agent is not connected, so that nothing is known. */
  readonly server: F | null;
}

export interface Answering<F> extends Member<F> {
  readonly server: F;
}

export interface Scene<F> {
  readonly view: ClusterView;
  readonly members: readonly Member<F>[];
  /** Those whose service is expected now: not in a turn. */
  readonly expected: readonly Member<F>[];
  /** Of these, the ones that answer. */
  readonly answering: readonly Answering<F>[];
  /** Names of members whose turn is open. */
  readonly away: readonly string[];
}

/** By the schema of what a server that answers tells of itself. */
export function factsReader<T extends z.ZodType>(schema: T): FactsReader<z.output<T>> {
  const read = onceOf((facts: NodeFacts): z.output<T> | null => schema.safeParse(facts.detail).data ?? null);
  return (facts) => (facts === null ? null : read(facts));
}

/** What was made never changes: this is found out once of each, however many questions are about it. */
export function onceOf<K extends object, V>(find: (of: K) => V): (of: K) => V {
  const known = new WeakMap<K, V>();
  return (of) => {
    if (!known.has(of)) known.set(of, find(of));
    return known.get(of) as V;
  };
}

/** Another member as one member's facts tell of it. */
export interface SeenMember {
  /** null: it does not answer. */
  readonly version: string | null;
  /** Why the one that probes does not count it as healthy; null: it does. */
  readonly ailment: string | null;
}

export function membersOf<F>(view: ClusterView, factsOf: FactsReader<F>): readonly Member<F>[] {
  return view.nodes.map((node) => ({ node, name: node.facts?.memberId ?? null, server: node.connected ? factsOf(node.facts) : null }));
}

/** `outOfTurn`: instances whose turn is open. */
export function sceneOf<F>(view: ClusterView, outOfTurn: readonly string[], factsOf: FactsReader<F>): Scene<F> {
  const members = membersOf(view, factsOf);
  const expected = members.filter(({ node }) => !outOfTurn.includes(node.instance));
  return {
    view,
    members,
    expected,
    answering: expected.flatMap(({ server, ...member }) => (server === null ? [] : [{ ...member, server }])),
    away: members.flatMap(({ node, name }) => (outOfTurn.includes(node.instance) ? [name ?? node.instance] : [])),
  };
}
