import type { Clock } from '../common/clock.ts';

/** A stream that text is written to; the terminal's size is there when it is one. */
export interface Terminal extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Everything that the command line touches of the process it runs in, so that tests can run it inside their own. */
export interface Io {
  /** Data, and nothing else. */
  readonly stdout: Terminal;
  /** Talk: progress, next commands, errors. */
  readonly stderr: Terminal;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** IANA name of the zone that times are shown in. */
  readonly timeZone: string;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}
