/** Changes of a configuration file, as a person asks for them, on the wire. In orders they are part of the body. */
import type { ConfigChange } from '../../common/orders.ts';
import type { ConfigEdit } from '../generated/drydock/v1/ConfigEdit.ts';

export function changesToWire(changes: readonly ConfigChange[]): ConfigEdit[] {
  return changes.map((change) => {
    if (change.op === 'set') return { key: change.key, setValue: change.value };
    return change.op === 'rename' ? { key: change.key, renameTo: change.to } : { key: change.key, remove: true };
  });
}
