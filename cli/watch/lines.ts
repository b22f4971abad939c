import { jsonLine, printable, printableLine } from '../../common/printable.ts';
import { whileGone } from '../failures.ts';
import { eventText } from '../render/events.ts';
import { type Session, say } from '../session.ts';
import type { EventSeen, RunView } from './follow.ts';

/** For pipes: one line per event, or one JSON document per line with `-o json`. */
export function lineView(session: Session, runId: string): RunView {
  const line = session.options.output === 'json' ? (seen: EventSeen) => eventJson(runId, seen) : eventLine;
  return {
    show(seen) {
      if (seen.kind === 'event') session.io.stdout.write(`${line(seen.seen)}\n`);
      if (seen.kind === 'gone') say(session, `${seen.why}; retrying; ${whileGone(runId)}`);
      if (seen.kind === 'back') say(session, 'the controller is reachable again');
    },
    close() {},
  };
}

/** `2026-03-01T01:14:07.120Z  order-ended  …`. */
export function eventLine({ atMs, event }: EventSeen): string {
  return printableLine(`${new Date(atMs).toISOString()}  ${event.type.padEnd(17)}  ${eventText(printable(event))}`);
}

function eventJson(run: string, { seq, v, atMs, event, stored, hash }: EventSeen): string {
  return jsonLine({ apiVersion: 'drydock/v1', run, seq, v, at: new Date(atMs).toISOString(), type: event.type, body: stored, hash });
}
