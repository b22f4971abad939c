/** path: which upgrades lead from one version to another; by the controller's rule packs, or by those built into this program. */
import { dayOf } from '../../common/clock.ts';
import type { PathDocument } from '../../common/documents/rules.ts';
import { FailureError, fail } from '../../common/failure.ts';
import { documentOf } from '../documents.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { renderPath } from '../render/path.ts';
import { coloured, type View } from '../render/view.ts';
import { controllerPlace, print, type Session, say, withController } from '../session.ts';
import type { ControllerPlace } from '../settings.ts';

export interface PathQuestion {
  readonly engine: string;
  readonly from: string;
  readonly to: string;
}

export interface PathOptions {
  readonly os?: string;
  readonly arch?: string;
  readonly trait?: Readonly<Record<string, string>>;
  readonly via?: readonly string[];
  readonly explain?: boolean;
  readonly offline?: boolean;
}

/** Exit code 3 when no path is allowed; why not is in the output. */
export async function showPath(session: Session, question: PathQuestion, options: PathOptions): Promise<ExitCode> {
  const place = options.offline === true ? null : await controllerPlace(session);
  const offline = () => findOffline(session, question, options);
  const document =
    place === null
      ? await offline()
      : await askController(session, question, options).catch((thrown: unknown) => unanswered(session, thrown, place, offline));
  await print(session, document, (path, view) => pathLines(path, options, view));
  return document.admissible ? exitCodes.ok : exitCodes.refused;
}

/** Why a controller's packs could not be asked; each leaves the built-in ones to ask. */
const silent: Readonly<Record<string, string>> = {
  'controller-unreachable': 'no controller at',
  'not-logged-in': 'not logged in to the controller at',
  'login-expired': 'the login has expired at the controller at',
};

/**
 * The built-in packs answer, too; whether they are the ones active only the controller knows. Where no controller is named they do
 * so unasked.
 */
async function unanswered(
  session: Session,
  thrown: unknown,
  { address, isDefault }: ControllerPlace,
  offline: () => Promise<PathDocument>,
): Promise<PathDocument> {
  if (!(thrown instanceof FailureError)) throw thrown;
  const { class: kind, code, message } = thrown.failure;
  const why = silent[code];
  if (why === undefined) throw thrown;
  if (!isDefault) throw fail(kind, code, `${message}; --offline uses the built-in rule packs`);
  say(session, `${why} ${address}; using the built-in rule packs`);
  return offline();
}

function pathLines(path: PathDocument, options: PathOptions, view: View): readonly string[] {
  const text = renderPath(path, { explain: options.explain === true, color: view.paint === coloured });
  return text.trimEnd().split('\n');
}

async function askController(session: Session, question: PathQuestion, options: PathOptions): Promise<PathDocument> {
  const { path } = await withController(session, (link) =>
    link.ask('FindPath', {
      ...question,
      os: options.os ?? '',
      arch: options.arch ?? '',
      traits: options.trait ?? {},
      via: [...(options.via ?? [])],
    }),
  );
  return documentOf<PathDocument>(path, 'path');
}

async function findOffline({ io }: Session, question: PathQuestion, options: PathOptions): Promise<PathDocument> {
  const [{ withUncarried }, { procedures }, { findPath }, { loadPacks }, { builtinPacks }, { schemes }] = await Promise.all([
    import('../../controller/planner/uncarried.ts'),
    import('../../engines/procedures.ts'),
    import('../../controller/rules/path.ts'),
    import('../../controller/rules/pack.ts'),
    import('../../engines/builtin-packs.ts'),
    import('../../engines/schemes.ts'),
  ]);
  const host = { host: null, os: options.os ?? null, arch: options.arch ?? null };
  const asked = { ...question, via: options.via ?? [], hosts: [host], traits: options.trait ?? {}, today: dayOf(io.clock) };
  return withUncarried(findPath(asked, loadPacks(builtinPacks(), schemes)), procedures);
}
