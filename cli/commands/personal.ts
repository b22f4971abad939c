/** context: the controllers that this person knows by name, in the person's own settings file; no controller is asked. version. */
import { isMap } from 'yaml';
import type { Versioned } from '../../common/documents/versioned.ts';
import { FailureError, fail, printFailure } from '../../common/failure.ts';
import { changePersonal } from '../change-personal.ts';
import type { OperatorLink } from '../client.ts';
import { contextNameForm, readPersonal } from '../personal-settings.ts';
import { type ContextListDocument, contextListLines, type VersionDocument, versionLines } from '../render/personal.ts';
import { controllerPlace, print, type Session, say, withController } from '../session.ts';
import { findController, parseAddress, unknownContext } from '../settings.ts';

export async function contextList(session: Session): Promise<void> {
  const personal = await readPersonal(session.io.env);
  const { address, namedBy } = await findController(session.options, session.io.env);
  const current = personal?.settings.context;
  const contexts = [...(personal?.settings.contexts ?? [])].map(([name, controller]) => ({
    name,
    controller,
    current: name === current,
  }));
  const document: ContextListDocument = {
    apiVersion: 'drydock/v1',
    inUse: { controller: address, namedBy: namedBy ?? '--controller' },
    contexts,
  };
  await print(session, document, contextListLines);
}

/** Adds a context, or changes the address of one. */
export async function contextSet(session: Session, name: string, address: string, { use }: { readonly use?: boolean }): Promise<void> {
  if (!contextNameForm.test(name))
    throw fail('usage', 'bad-name', `"${name}" is not a valid context name; use letters, digits, dots, dashes and underscores`);
  const controller = parseAddress(address, `context ${name}`);
  // A file with mistakes in it is not written over.
  const before = await readPersonal(session.io.env);
  await changePersonal(session.io.env, (document) => {
    if (!isMap(document.get('contexts'))) document.set('contexts', document.createNode({}));
    document.setIn(['contexts', name, 'controller'], controller);
    if (use === true) document.set('context', name);
  });
  const isCurrent = use === true || before?.settings.context === name;
  say(session, `context ${name} is ${controller}${isCurrent ? ' and is current' : `. Switch to it: drydock context use ${name}`}`);
  await shadowed(session, name, isCurrent);
}

export async function contextUse(session: Session, name: string): Promise<void> {
  const personal = await readPersonal(session.io.env);
  const found = personal?.settings.contexts.get(name);
  if (found === undefined) throw unknownContext(personal, name, 'context use');
  await changePersonal(session.io.env, (document) => document.set('context', name));
  say(session, `commands now use ${found} (context ${name})`);
  await shadowed(session, name, true);
}

export async function contextRemove(session: Session, name: string): Promise<void> {
  const personal = await readPersonal(session.io.env);
  if (personal?.settings.contexts.has(name) !== true) throw unknownContext(personal, name, 'context remove');
  const wasCurrent = personal.settings.context === name;
  await changePersonal(session.io.env, (document) => {
    document.deleteIn(['contexts', name]);
    if (wasCurrent) document.delete('context');
  });
  const { address, namedBy } = await findController({}, session.io.env);
  say(session, `removed context ${name}${wasCurrent ? `, which was current; commands now use ${address} (${namedBy})` : ''}`);
}

/** A person who made a context current and still reaches another controller must not have to guess why. */
async function shadowed(session: Session, name: string, isCurrent: boolean): Promise<void> {
  if (!isCurrent) return;
  const { address, namedBy } = await findController({}, session.io.env);
  if (namedBy !== `context ${name}`) say(session, `but ${namedBy} is set and takes precedence: commands use ${address} until it is unset`);
}

// version: of this program and of its controller, which need not be the same.

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
