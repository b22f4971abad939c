/** Memory of this process that is not used any more, given back to the host. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * A full collection, for which the agent stands still for some 0.07 s. Of its own accord the runtime collects only while objects
 * are made, so an agent at rest would keep the garbage of its last order.
 */
export function collectGarbage(): void {
  // Only a context that is made afterwards has the function.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;
  // Compiled functions that nothing has called since the collection before go, too: they are compiled again when they are called.
  setFlagsFromString('--bytecode-old-age=1');
  collect({ type: 'major', flavor: 'last-resort' });
  // As the runtime has it: 1 at all times would cost a third more CPU in an upgrade.
  setFlagsFromString('--bytecode-old-age=6');
}
