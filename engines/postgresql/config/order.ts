/** Which way a change of configuration goes through a cluster. PURE. */
import type { ClusterView } from '../../../common/facts.ts';
import type { ConfigChange } from '../../../common/orders.ts';
import type { Direction } from '../../../common/plan.ts';
import { keysNamed } from '../../kit/config/config-format.ts';
import { membersOf } from '../../kit/pure/scene.ts';
import { guardedSettings, serverFactsOf } from '../facts.ts';
import { primariesOf } from '../topology.ts';

/** What the server takes when its file says nothing. Source: chapter Server Configuration. */
const defaults: Readonly<Record<(typeof guardedSettings)[number], number>> = {
  max_connections: 100,
  max_worker_processes: 8,
  max_wal_senders: 10,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 64,
};

/**
 * Limits that a standby must not have lower than its primary rise on the standbys first and fall on the primary first.
 * Source: chapter Hot Standby, Administrator's Overview.
 */
export function configOrder(changes: readonly ConfigChange[], view: ClusterView): Direction {
  const present = primariesOf(membersOf(view, serverFactsOf))[0]?.server.settings;
  const falls = guardedSettings.some((name) => {
    const next = valueAfter(changes, name);
    return next !== null && next < (present?.[name] ?? defaults[name]);
  });
  return falls ? 'downgrade' : 'upgrade';
}

/** null: the changes do not touch it. */
function valueAfter(changes: readonly ConfigChange[], name: (typeof guardedSettings)[number]): number | null {
  const last = changes.findLast((change) => keysNamed([change]).includes(name));
  if (last === undefined || (last.op === 'rename' && last.to === name)) return null;
  return last.op === 'set' ? Number(last.value) : defaults[name];
}
