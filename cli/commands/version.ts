/** version: of this program and of its controller, which need not be the same. */
import type { Versioned } from '../../common/documents/versioned.ts';
import { FailureError, printFailure } from '../../common/failure.ts';
import type { OperatorLink } from '../client.ts';
import { type VersionDocument, versionLines } from '../render/personal.ts';
import { controllerPlace, print, type Session, say, withController } from '../session.ts';

/** A controller that does not answer is said to be one, and is no failure: this program has a version without it. */
export async function showVersion(session: Session): Promise<void> {
  const { address } = await controllerPlace(session);
  const controller = await withController(session, versionOf).catch((thrown: unknown) => {
    if (!(thrown instanceof FailureError)) throw thrown;
    say(session, printFailure(thrown.failure));
    return null;
  });
  const document: VersionDocument & Versioned = {
    apiVersion: 'drydock/v1',
    drydock: { version: process.env.DRYDOCK_VERSION ?? 'from source', node: process.versions.node },
    controller: controller === null ? null : { address, ...controller },
  };
  await print(session, document, versionLines);
}

export async function versionOf(link: OperatorLink): Promise<{ readonly version: string; readonly node: string }> {
  const { version, node } = await link.ask('GetVersion', {});
  return { version, node };
}
