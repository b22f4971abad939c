/** login: a token becomes a certificate, kept with the context. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { isMap } from 'yaml';
import { fail } from '../../common/failure.ts';
import { identityText } from '../../common/identity/identity.ts';
import { parseToken } from '../../common/identity/token.ts';
import { ask, canAsk } from '../ask.ts';
import { changePersonal } from '../change-personal.ts';
import { contextIdentityFolder } from '../identity.ts';
import { contextNameForm, readPersonal } from '../personal-settings.ts';
import { type Session, say } from '../session.ts';
import { parseAddress, unknownContext } from '../settings.ts';

export interface LoginOptions {
  readonly tokenFile?: string;
}

/** @param address left out: that of the context, which is there already */
export async function login(session: Session, context: string, address: string | undefined, options: LoginOptions): Promise<void> {
  const { env } = session.io;
  if (!contextNameForm.test(context))
    throw fail('usage', 'bad-name', `"${context}" is not a valid context name; use letters, digits, dots, dashes and underscores`);
  const personal = await readPersonal(env);
  const known = personal?.settings.contexts.get(context);
  if (address === undefined && known === undefined) throw unknownContext(personal, context, 'login');
  const controller = parseAddress(address ?? known ?? '', `context ${context}`);
  const folder = env.DRYDOCK_IDENTITY || contextIdentityFolder(env, context);
  if (folder === null)
    throw fail(
      'usage',
      'no-home',
      'the identity cannot be stored: neither XDG_CONFIG_HOME nor HOME is set; set one of them, or DRYDOCK_IDENTITY',
    );
  const token = parseToken(await tokenText(session, options));
  const { enroll } = await import('../../proto/enrolling.ts');
  const { identity, notAfterMs } = await enroll(controller, token, folder);
  await changePersonal(env, (document) => {
    if (!isMap(document.get('contexts'))) document.set('contexts', document.createNode({}));
    document.setIn(['contexts', context, 'controller'], controller);
    if (personal?.settings.context === undefined) document.set('context', context);
  });
  const until = new Date(notAfterMs).toISOString();
  say(session, `logged in to ${controller} as ${identityText(identity)}, until ${until} and renewed by use (context ${context})`);
}

/** From a file, or typed, or piped; never from the command line, which others on the machine can read. */
async function tokenText(session: Session, { tokenFile }: LoginOptions): Promise<string> {
  if (tokenFile !== undefined)
    return readFile(tokenFile, 'utf8').catch((error: Error) => {
      throw fail('usage', 'bad-token', `${tokenFile} cannot be read: ${error.message}`);
    });
  return canAsk(session) ? ask(session, 'token: ') : text(session.io.stdin);
}
