/** One invocation of `drydock`: the global options, resolved, and how it speaks. */
import type { Versioned } from '../common/documents/versioned.ts';
import { fail } from '../common/failure.ts';
import type { HeldIdentity } from '../common/identity/identity-folder.ts';
import { jsonText, printable, printableLine } from '../common/printable.ts';
import type { OperatorLink } from './client.ts';
import type { Io } from './io.ts';
import { paintFor, type View } from './render/view.ts';
import type { ControllerPlace } from './settings.ts';

export const outputFormats = ['table', 'wide', 'json', 'yaml'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export interface GlobalOptions {
  readonly controller?: string;
  /** Name of a context, for this command alone. */
  readonly context?: string;
  readonly output: OutputFormat;
  readonly color: boolean;
  readonly quiet?: boolean;
}

export interface Session {
  readonly io: Io;
  readonly options: GlobalOptions;
}

/** What a renderer needs to know of standard output. */
export function viewOf(session: Session): View {
  const { io, options } = session;
  return {
    width: io.stdout.isTTY === true ? (io.stdout.columns ?? 80) : null,
    wide: options.output === 'wide',
    paint: paintFor(io.stdout, io.env, options.color),
    nowMs: io.clock.wallMs(),
    timeZone: io.timeZone,
  };
}

/** True when people read standard output, false when programs do. */
export const forPeople = (session: Session): boolean => session.options.output === 'table' || session.options.output === 'wide';

/** Writes data: the document itself as JSON or YAML, or what a person reads. */
export async function print<T extends Versioned>(
  session: Session,
  document: T,
  render: (document: T, view: View) => readonly string[],
): Promise<void> {
  const { stdout } = session.io;
  switch (session.options.output) {
    case 'json':
      stdout.write(`${jsonText(document)}\n`);
      return;
    case 'yaml': {
      const { yamlText } = await import('../common/yaml-text.ts');
      stdout.write(yamlText(document));
      return;
    }
    case 'table':
    case 'wide':
      printLines(session, render(printable(document), viewOf(session)));
  }
}

export function printLines(session: Session, lines: readonly string[]): void {
  if (lines.length > 0) session.io.stdout.write(`${lines.map(printableLine).join('\n')}\n`);
}

/** Writes talk to standard error, unless -q asked for silence. */
export function say(session: Session, ...lines: readonly string[]): void {
  if (session.options.quiet !== true) session.io.stderr.write(`${lines.map(printableLine).join('\n')}\n`);
}

/** The controller that this command talks to. FailureError when what names it makes no sense. */
export async function controllerPlace({ options, io }: Session): Promise<ControllerPlace> {
  const { findController } = await import('./settings.ts');
  return findController(options, io.env);
}

/** What to show to a controller. Throws FailureError(refused): `not-logged-in`, `login-expired`. */
export async function identityAt({ io }: Session, place: ControllerPlace): Promise<HeldIdentity> {
  const { identityFor } = await import('./identity.ts');
  const held = await identityFor(place, io.env, io.clock.wallMs());
  if (held === null)
    throw fail('refused', 'not-logged-in', `not logged in to ${place.address}; ask an admin for a token, then run drydock login`);
  return held;
}

/** Connects, does the work, disconnects. */
export async function withController<T>(session: Session, work: (link: OperatorLink) => Promise<T>): Promise<T> {
  const place = await controllerPlace(session);
  const identity = await identityAt(session, place);
  const { connect } = await import('./client.ts');
  const link = await connect(place.address, session.io.interrupted, identity, place.namedBy);
  try {
    return await work(link);
  } finally {
    link.close();
  }
}
