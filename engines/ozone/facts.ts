/** What is observed of one process of an Ozone cluster: the `detail` of NodeFacts, written by the driver and judged by the procedure. */
import { z } from 'zod';
import type { NodeView } from '../../common/facts.ts';
import { factsReader } from '../kit/pure/scene.ts';
import type { LayoutKind } from './layouts.ts';

/** What a process is; each kind is a group of its own. */
export const components = ['om', 'scm', 'datanode', 'recon', 's3g', 'httpfs'] as const;
export type Component = (typeof components)[number];

/** Key of the setting by which the managers are kept prepared: no write is taken. */
export const preparedKey = 'om-prepared';

const layout = z.object({ metadata: z.int(), software: z.int() });

/** A manager, as the one that answers knows it by Ratis. */
const omRole = z.object({ member: z.string(), role: z.string(), ready: z.boolean() });

/** A datanode, as the storage container manager sees it. */
const datanode = z.object({
  /** Its UUID. */
  member: z.string(),
  host: z.string(),
  /** `IN_SERVICE`, `DECOMMISSIONING`. */
  operational: z.string(),
  /** `HEALTHY`, `HEALTHY_READONLY`, `STALE`, `DEAD`. */
  health: z.string(),
});
export type DatanodeSeen = z.infer<typeof datanode>;

/** How many datanodes are so, of all that there are. */
const datanodeCount = z.object({ operational: z.string(), health: z.string(), count: z.int() });
export type DatanodeCount = z.infer<typeof datanodeCount>;

export const serverSchema = z.object({
  state: z.literal('reachable'),
  component: z.enum(components),
  version: z.string(),
  /** null: this component has no metadata to finalize. */
  layout: layout.nullable(),
  /** Of a manager: writes are refused until it is released; null: it is none. */
  prepared: z.boolean().nullable(),
  /** Managers and storage container managers that its configuration names. */
  declared: z.array(z.string()),
  omHa: z.boolean().nullable(),
  /** Managers that listen at another port than the one at which `om prepare` asks them. */
  unreachable: z.array(z.string()),
  /** Of a manager. */
  roles: z.array(omRole),
  /** Of a storage container manager: rules that keep it in safe mode; null: it is out of that, or is none. */
  safeMode: z.array(z.string()).nullable(),
  datanodes: z.array(datanode),
  datanodeCounts: z.array(datanodeCount),
});
export type ServerFacts = z.infer<typeof serverSchema>;

export const serverFactsOf = factsReader(serverSchema);

/** What the node is, also where it does not answer. */
export function componentOf({ facts }: Pick<NodeView, 'facts'>): Component {
  return components.find((component) => component === facts?.detail.component) ?? 'datanode';
}

/** Its failure is reported, and keeps no run. */
export const isLesser = (component: Component): boolean => component === 'recon' || component === 's3g' || component === 'httpfs';

export const layoutKindOf = (component: Component): LayoutKind => (component === 'om' ? 'om' : 'hdds');

/** Its metadata have the newest layout that its software knows; null: it has none. */
export function isFinalized({ layout: seen }: Pick<ServerFacts, 'layout'>): boolean | null {
  return seen === null ? null : seen.metadata >= seen.software;
}

/** Of those that are in service, so many are in this state of health. */
export function countOf({ datanodeCounts }: Pick<ServerFacts, 'datanodeCounts'>, health: string): number {
  return datanodeCounts
    .filter((each) => each.operational === 'IN_SERVICE' && each.health === health)
    .reduce((sum, { count }) => sum + count, 0);
}
