/** PURE. Members that run from one releases folder of a host: what is activated for one is activated for all of them. */
import type { Failure } from '../../common/failure.ts';
import type { PlanInput, PlannedNode } from './plan-input.ts';
import { refused } from './refusals.ts';

const sharedWith = ({ view }: PlannedNode): readonly string[] => view.facts?.release.sharedWith ?? [];

/** Of those that share a folder only the first by name: a release is staged, activated and cleaned up once in each folder. */
export function oncePerFolder(nodes: readonly PlannedNode[]): readonly PlannedNode[] {
  const names = new Set(nodes.map(({ view }) => view.instance));
  return nodes.filter((node) => sharedWith(node).every((other) => !names.has(other) || node.view.instance < other));
}

/** A folder that is shared changes under those who run from it: with nodes that go one by one, or with an instance of another cluster. */
export function sharedReleaseProblems({ path, goal, view }: PlanInput, moving: readonly PlannedNode[]): readonly Failure[] {
  if (goal.kind !== 'release') return [];
  const members = new Set(view.nodes.map(({ instance }) => instance));
  const isNodeByNode = path.hops.some(({ kind }) => kind === 'rolling' || kind === 'side-by-side');
  return moving.flatMap((node) => {
    const { instance, host } = node.view;
    const foreign = sharedWith(node).filter((other) => !members.has(other));
    const wrong = isNodeByNode ? sharedWith(node) : foreign;
    if (wrong.length === 0) return [];
    const why = isNodeByNode
      ? 'and this plan goes one node at a time'
      : `which ${foreign.length === 1 ? 'is' : 'are'} not of ${view.cluster}`;
    const sentence = `${instance} runs from the same releases folder on ${host} as ${wrong.join(', ')}, ${why}; give each instance a releasesDir of its own`;
    return [refused('release-shared', sentence)];
  });
}
