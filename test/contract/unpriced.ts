/** Contexts of drivers outside an agent: their tools are called as often as they are asked for, without a limit. */
import type { DriverContext } from '../../common/driver.ts';

export function unpriced(context: Omit<DriverContext, 'tool'>): DriverContext {
  return {
    ...context,
    // Of the context that it is asked of, which may be a changed copy of this one.
    tool(_, call) {
      return call(this);
    },
  };
}
