/** The tool table of an engine: every way in which its driver's probes ask, with the price of a call and what reads the answer. PURE. */
import type { ToolCall } from '../../../common/driver.ts';

export interface Tool extends Omit<ToolCall, 'id'> {
  /** Program of the activated release and its arguments, to which the driver adds what only it knows: where to, and as whom. */
  readonly argv?: readonly [program: string, ...args: string[]];
  /** Path of an HTTP GET. */
  readonly get?: string;
  /** Reads the answer; null: it is of no known form. */
  readonly parse?: (output: string) => unknown;
  /** Name under which answers of real servers are recorded: test/recorded/<engine>/<version>/<name>.txt. */
  readonly recorded?: string;
}

export type Tools = Readonly<Record<string, Tool>>;

/** As the agent keeps their price. */
export function callsOf(tools: Tools): readonly ToolCall[] {
  return Object.entries(tools).map(([id, { costMs, idleEveryMs, turnEveryMs, timeoutMs }]) => ({
    id,
    costMs,
    idleEveryMs,
    turnEveryMs,
    timeoutMs,
  }));
}

/** What reads which recording: the contract wants a parser for each that there is. */
export function parsersOf(tools: Tools): Readonly<Record<string, (output: string) => unknown>> {
  return Object.fromEntries(
    Object.values(tools).flatMap(({ recorded, parse }) =>
      recorded === undefined || parse === undefined ? [] : [[recorded, parse] as const],
    ),
  );
}
