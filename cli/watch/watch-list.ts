/** Lists that are printed once, or with --watch again whenever they changed, until Ctrl-C. */
import type { Versioned } from '../../common/documents/versioned.ts';
import { jsonLine, printable, printableLine } from '../../common/printable.ts';
import type { OperatorLink } from '../client.ts';
import type { View } from '../render/view.ts';
import { forPeople, print, type Session, viewOf, withController } from '../session.ts';

export interface WatchedOption {
  readonly watch?: boolean;
}

type Render<T> = (document: T, view: View) => readonly string[];

const everyMs = 2000;

/** Gives back what was printed last; null: Ctrl-C came before the first answer. */
export async function printList<T extends Versioned>(
  session: Session,
  { watch }: WatchedOption,
  read: (link: OperatorLink) => Promise<T>,
  render: Render<T>,
): Promise<T | null> {
  if (watch !== true) {
    const document = await withController(session, read);
    await print(session, document, render);
    return document;
  }
  const { interrupted } = session.io;
  const shown = await shownAgain(session, render);
  let last: T | null = null;
  const watched = withController(session, async (link) => {
    while (!interrupted.aborted) {
      last = await read(link);
      shown.show(last);
      await pause(session);
    }
  });
  // Ctrl-C in the middle of a question is the end that was asked for.
  await watched
    .catch((thrown: unknown) => {
      if (!interrupted.aborted) throw thrown;
    })
    .finally(shown.end);
  return last;
}

function pause({ io: { clock, interrupted } }: Session): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(everyMs, done);
    function done(): void {
      timer.cancel();
      interrupted.removeEventListener('abort', done);
      resolve();
    }
    interrupted.addEventListener('abort', done);
    if (interrupted.aborted) done();
  });
}

interface Shown<T> {
  show(document: T): void;
  end(): void;
}

/** On a terminal the table is drawn over itself; in a pipe the rows that are new follow, or one JSON document a line. */
async function shownAgain<T extends Versioned>(session: Session, render: Render<T>): Promise<Shown<T>> {
  const { stdout } = session.io;
  if (!forPeople(session)) return ifAnother((document) => void stdout.write(`${jsonLine(document)}\n`));
  const lines = (document: T) => render(printable(document), viewOf(session)).map(printableLine);
  if (stdout.isTTY === true) {
    const { createLogUpdate } = await import('log-update');
    const draw = createLogUpdate(stdout as NodeJS.WriteStream);
    return { show: (document) => draw(lines(document).join('\n')), end: () => draw.done() };
  }
  let before: ReadonlySet<string> = new Set();
  return ifAnother((document) => {
    const now = lines(document);
    for (const line of now) if (!before.has(line)) stdout.write(`${line}\n`);
    before = new Set(now);
  });
}

function ifAnother<T>(show: (document: T) => void): Shown<T> {
  let before = '';
  return {
    show(document) {
      const now = JSON.stringify(document);
      if (now !== before) show(document);
      before = now;
    },
    end() {},
  };
}
