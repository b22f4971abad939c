/** What people ask of hosts: which there are, also those whose agents are away, and to forget one. */
import type { Clock } from '../../common/clock.ts';
import { excludeCommand } from '../../common/commands.ts';
import type { HostDocument, HostListDocument } from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { FailureError, fail } from '../../common/failure.ts';
import { type Labels, type Selector, selects } from '../../common/labels.ts';
import type { HostView } from '../fleet/fleet.ts';
import type { Inventory } from '../fleet/inventory.ts';
import { loadRun } from '../sequencer/load-run.ts';
import type { Store } from '../store/store.ts';

export interface HostParts {
  readonly store: Store;
  readonly fleet: Inventory;
  readonly clock: Clock;
}

export interface HostOperations {
  /** A page of hosts by name; `nextAfter` empty: nothing after it. */
  listHosts(asked: HostsAsked): Promise<{ readonly hosts: HostListDocument; readonly nextAfter: string }>;
  getHost(host: string): HostDocument & Versioned;
  /** FailureError: (not-found, `unknown-host`), (refused): `host-connected`, `host-in-run`. */
  forgetHost(host: string, reason: string, actor: string): Promise<void>;
}

export const hostStates = ['connected', 'disconnected'] as const;

/** null: whichever. */
export interface HostsAsked {
  /** Over the labels of the clusters that have an instance there. */
  readonly selector: Selector;
  /** Of an instance there. */
  readonly engine: string | null;
  /** Of the agent. */
  readonly version: string | null;
  readonly state: (typeof hostStates)[number] | null;
  /** The last name of the page before; empty: from the first. */
  readonly after: string;
  /** 0: as many as one page takes. */
  readonly pageSize: number;
}

const mostOnPage = 500;
/** A page must fit into one message, whatever hosts say of themselves. */
const pageBytes = 256 * 1024;

export function createHostOperations({ store, fleet, clock }: HostParts): HostOperations {
  return {
    async listHosts(asked) {
      const labels = asked.selector.length === 0 ? new Map<string, Labels>() : await store.labels();
      const limit = asked.pageSize === 0 ? mostOnPage : Math.min(asked.pageSize, mostOnPage);
      const hosts: HostDocument[] = [];
      let bytes = 0;
      for (const name of fleet.hostNames()) {
        const view = name > asked.after ? fleet.host(name) : null;
        if (view === null || !isAsked(view, asked, labels)) continue;
        const document = hostDocument(view);
        bytes += JSON.stringify(document).length;
        if (hosts.length === limit || (bytes > pageBytes && hosts.length > 0))
          return { hosts: listOf(hosts), nextAfter: hosts.at(-1)?.host ?? '' };
        hosts.push(document);
      }
      return { hosts: listOf(hosts), nextAfter: '' };
    },
    getHost(host) {
      const found = fleet.host(host);
      if (found === null) throw fail('not-found', 'unknown-host', `host ${host} not found; drydock host list shows all hosts`);
      return { apiVersion: 'drydock/v1', ...hostDocument(found) };
    },
    async forgetHost(host, reason, actor) {
      const instances = fleet.forgettable(host);
      await refuseHostInRun(store, host);
      await store.forgetHost(host, instances, clock.wallMs(), actor, reason);
      fleet.forget(host);
    },
  };
}

function isAsked(view: HostView, { selector, engine, version, state }: HostsAsked, labels: ReadonlyMap<string, Labels>): boolean {
  const { instances, agentVersion, connected } = view;
  if (selector.length > 0 && !instances.some(({ cluster }) => selects(selector, labels.get(cluster) ?? {}))) return false;
  if (engine !== null && !instances.some((instance) => instance.engine === engine)) return false;
  return (version === null || version === agentVersion) && (state === null || connected === (state === 'connected'));
}

const listOf = (hosts: readonly HostDocument[]): HostListDocument => ({ apiVersion: 'drydock/v1', hosts });

/** Throws FailureError(refused, `host-in-run`). */
async function refuseHostInRun(store: Store, host: string): Promise<void> {
  for (const { runId, planId, state } of await store.runs({ openOnly: true })) {
    if (state !== 'active' && state !== 'unfinalized') continue;
    const record = await store.plan(planId);
    const there = record?.plan.nodes.filter((node) => node.host === host) ?? [];
    const out = there.length === 0 ? [] : await excludedIn(store, runId);
    const [needed] = there.filter(({ instance }) => !out.includes(instance));
    if (needed === undefined) continue;
    const others =
      state === 'active'
        ? `wait for it, or, if ${needed.instance} is lost: drydock ${excludeCommand(runId, needed.instance)}`
        : `drydock finalize ${runId}, or drydock rollback ${runId}`;
    throw fail('refused', 'host-in-run', `host ${host} is part of run ${runId}, which is ${state}: ${others}`);
  }
}

/** Nodes that the run goes on without; none of a run that cannot be read. */
async function excludedIn(store: Store, runId: string): Promise<readonly string[]> {
  try {
    const run = await loadRun(store, runId);
    return run?.status.excluded.map(({ instance }) => instance) ?? [];
  } catch (thrown) {
    if (thrown instanceof FailureError) return [];
    throw thrown;
  }
}

function hostDocument({ host, connected, lastSeenAtMs, agentVersion, arch, os, bootId, instances }: HostView): HostDocument {
  return {
    host,
    connected,
    lastSeen: new Date(lastSeenAtMs).toISOString(),
    agentVersion,
    arch,
    os,
    bootId,
    instances: instances.map(({ instance, cluster, engine, dataDir }) => ({ instance, cluster, engine, dataDir })),
  };
}
