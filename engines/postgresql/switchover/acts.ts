/** The verbs of a switchover, each upon one server. */
import type { DriverActs, DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import type { EngineAct } from '../../../common/orders.ts';
import { fence, unfence } from './fence.ts';
import { promote, promoted } from './promote.ts';
import { repoint } from './repoint.ts';
import { dropSlots } from './slots.ts';

export const postgresqlActs: DriverActs = {
  async act(context, body) {
    if (body.verb === 'fence') return { token: await fence(context, body.follow) };
    await actWithoutToken(context, body);
    return { token: null };
  },
  acted,
};

async function actWithoutToken(context: DriverContext, body: Exclude<EngineAct, { verb: 'fence' }>): Promise<void> {
  switch (body.verb) {
    case 'unfence':
      return unfence(context);
    case 'promote':
      return promote(context, body);
    case 'repoint':
      return repoint(context, body.follow);
    case 'dropSlots':
      return dropSlots(context, body.slots);
  }
}

async function acted(context: DriverContext, body: EngineAct): Promise<Finding> {
  if (body.verb === 'promote') return promoted(context, body.token);
  return { check: body.verb, ok: null, detail: `whether ${body.verb} was done is not looked at: it can be done again` };
}
