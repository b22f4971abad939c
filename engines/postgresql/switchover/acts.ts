/** The verbs of a switchover, each upon one server. */
import { verbsOf } from '../../kit/host/verbs.ts';
import { verbs } from '../verbs.ts';
import { fence, unfence } from './fence.ts';
import { promote, promoted } from './promote.ts';
import { repoint } from './repoint.ts';
import { dropSlots } from './slots.ts';

export const postgresqlVerbs = verbsOf(verbs, {
  fence: { act: (context, { follow }) => fence(context, follow) },
  unfence: { act: (context) => unfence(context).then(noToken) },
  promote: {
    act: (context, { slots }, token) => promote(context, token, slots).then(noToken),
    acted: (context, _, token) => promoted(context, token),
  },
  repoint: { act: (context, { follow }) => repoint(context, follow).then(noToken) },
  dropSlots: { act: (context, { slots }) => dropSlots(context, slots).then(noToken) },
});

const noToken = (): undefined => undefined;
