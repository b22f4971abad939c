/** What people ask of hosts: which there are, also those whose agents are away, and to forget one. */
import type { Clock } from '../../common/clock.ts';
import type { HostDocument, HostListDocument } from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { fail } from '../../common/failure.ts';
import { type Selector, selects } from '../../common/labels.ts';
import type { HostView } from '../fleet/fleet.ts';
import type { Inventory } from '../fleet/inventory.ts';
import type { Store } from '../store/store.ts';

export interface HostParts {
  readonly store: Store;
  readonly fleet: Inventory;
  readonly clock: Clock;
}

export interface HostOperations {
  /** A page of hosts by name, of clusters with these labels; `nextAfter` empty: nothing after it. */
  listHosts(selector: Selector, after: string): Promise<{ readonly hosts: HostListDocument; readonly nextAfter: string }>;
  getHost(host: string): HostDocument & Versioned;
  /** FailureError: (not-found, `unknown-host`), (refused): `host-connected`, `host-in-run`. */
  forgetHost(host: string, reason: string, actor: string): Promise<void>;
}

/** A page must fit into one message, whatever hosts say of themselves. */
const pageBytes = 256 * 1024;

export function createHostOperations({ store, fleet, clock }: HostParts): HostOperations {
  return {
    async listHosts(selector, after) {
      const labels = await store.labels();
      const isSelected = ({ instances }: HostView) =>
        selector.length === 0 || instances.some(({ cluster }) => selects(selector, labels.get(cluster) ?? {}));
      const hosts: HostDocument[] = [];
      let bytes = 0;
      for (const view of fleet.hosts()) {
        if (view.host <= after || !isSelected(view)) continue;
        const document = hostDocument(view);
        bytes += JSON.stringify(document).length;
        if (bytes > pageBytes && hosts.length > 0) return { hosts: listOf(hosts), nextAfter: hosts.at(-1)?.host ?? '' };
        hosts.push(document);
      }
      return { hosts: listOf(hosts), nextAfter: '' };
    },
    getHost(host) {
      const found = fleet.hosts().find((view) => view.host === host);
      if (found === undefined)
        throw fail('not-found', 'unknown-host', `there is no host ${host}; drydock host list shows which hosts there are`);
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

const listOf = (hosts: readonly HostDocument[]): HostListDocument => ({ apiVersion: 'drydock/v1', hosts });

/** Throws FailureError(refused, `host-in-run`). */
async function refuseHostInRun(store: Store, host: string): Promise<void> {
  for (const { runId, planId, state } of await store.runs({ openOnly: true })) {
    if (state !== 'active' && state !== 'unfinalized') continue;
    const record = await store.plan(planId);
    if (record?.plan.nodes.some((node) => node.host === host) !== true) continue;
    const sentence = `host ${host} is part of run ${runId}, which is ${state}: wait for it, or drydock abort ${runId}`;
    throw fail('refused', 'host-in-run', sentence);
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
