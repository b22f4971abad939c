/** What plans may change of cassandra.yaml, which the server reads at a start alone. PURE. */
import type { ConfigChange } from '../../common/orders.ts';
import { isSecretKey } from '../kit/config/config-diff.ts';
import { keysNamed } from '../kit/config/config-format.ts';

/** Changed, the node would not be the one that its ring knows, or not have its data. */
const identity =
  /^(cluster_name|num_tokens|initial_token|partitioner|endpoint_snitch|listen_(address|interface)|broadcast_(rpc_)?address|rpc_(address|interface)|(ssl_)?storage_port|native_transport_port|seed_provider|data_file_directories|local_system_data_file_directory|(commitlog|saved_caches|hints|cdc_raw)_directory)(\.|$)/;

/** Why these changes must not be made in any file, one sentence each. */
export function refusedChanges(changes: readonly ConfigChange[]): readonly string[] {
  return changes.flatMap((change) => {
    const own = keysNamed([change]).find((each) => identity.test(each));
    if (own !== undefined) return [`${own} identifies the node, its ring or its data directory: change it by hand`];
    const secret = change.op === 'set' && isSecretKey(change.key);
    return secret ? [`${change.key} is a secret, which plans must not contain: set it in the file on each host by hand`] : [];
  });
}
