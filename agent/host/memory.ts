/** Memory of this process that is not used any more, given back to the host. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * A full collection, in which the agent answers nothing: 0.03 to 0.1 s on an idle core. Of its own accord the runtime collects only while objects
 * are made, so an agent at rest would keep the garbage of its last order.
 */
export function collectGarbage(): void {
  // Only a context that is made afterwards has the function.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;
  collect({ type: 'major', flavor: 'last-resort' });
}
