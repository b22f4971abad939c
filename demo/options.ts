/** What `npm run demo` understands. */
import { parseArgs } from 'node:util';
import { fail } from '../common/failure.ts';

export const help = `npm run demo [-- OPTIONS]: a real cluster is upgraded under load on this machine, and a broken release is stopped.

  --engine postgresql|etcd|cassandra|ozone
                                  which database (default postgresql)
  --primary switchover|restart    how to treat the primary of PostgreSQL (default restart)
  --keep                          leave the fleet running, and print how to use it
  --report FILE                   write the result as JSON
  --help                          print this

For a fleet that was kept, in the folder DIR that was printed:

  --stop DIR/HOST/UNIT            stop a database or an agent
  --start DIR/HOST/UNIT           start it again
  --start-controller DIR          start the controller again, and wait until it listens
  --end DIR                       end everything and remove the folder
`;

export interface DemoOptions {
  readonly keep: boolean;
  readonly report?: string;
  readonly engine: string;
  readonly primary?: string;
  readonly start?: string;
  readonly stop?: string;
  readonly startController?: string;
  readonly end?: string;
  readonly help: boolean;
}

/** Throws FailureError(usage, `bad-option`). */
export function readOptions(argv: readonly string[]): DemoOptions {
  const { 'start-controller': startController, ...values } = parsed(argv);
  return { ...values, ...(startController === undefined ? {} : { startController }) };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        keep: { type: 'boolean', default: false },
        report: { type: 'string' },
        engine: { type: 'string', default: 'postgresql' },
        primary: { type: 'string' },
        start: { type: 'string' },
        stop: { type: 'string' },
        'start-controller': { type: 'string' },
        end: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw fail('usage', 'bad-option', `${(error as Error).message.split('. ')[0]}; npm run demo -- --help lists the options`);
  }
}
