/** What plans may change of ozone-site.xml, which every process reads at a start. PURE. */
import type { ConfigChange } from '../../common/orders.ts';
import { isSecretKey } from '../kit/config/config-diff.ts';
import { keysNamed } from '../kit/config/config-format.ts';

/** Changed, the process would be another one of its cluster, or another cluster's, would be looked for elsewhere, or not have its data. */
const identity =
  /^(ozone|hdds|httpfs|testing)\.(.*\.)?(service\.ids?|nodes\.[^.]+|node\.id|(bind\.)?host|hostname|address(\..+)?|[a-z0-9.-]*-address(\..+)?|port(\..+)?|dirs?|init\.layout\.version)$/;

/** Why these changes must not be made in any file, one sentence each. */
export function refusedChanges(changes: readonly ConfigChange[]): readonly string[] {
  return changes.flatMap((change) => {
    const own = keysNamed([change]).find((key) => identity.test(key));
    if (own !== undefined) return [`${own} identifies the process, its address or its data directory: change it by hand`];
    const secret = change.op === 'set' && isSecretKey(change.key);
    return secret ? [`${change.key} is a secret, which plans must not contain: set it in the file on each host by hand`] : [];
  });
}
