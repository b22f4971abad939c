/** How the agent reaches one process, as its settings give it; the rest stands in ozone-site.xml, which `configFile` of the instance names. */
import { z } from 'zod';
import { connectionReader, httpUrl, tlsFields } from '../kit/host/connection.ts';
import { components } from './facts.ts';

const connectionSchema = z.strictObject({
  component: z.enum(components),
  /** Where it answers /jmx; left out: by ozone-site.xml. */
  httpEndpoint: httpUrl.optional(),
  ...tlsFields,
  /** Name that this member must have among those of its kind; left out: by ozone-site.xml, or as it calls itself. */
  memberName: z.string().min(1).optional(),
});

/** Throws FailureError(usage) naming the field. */
export const connectionOf = connectionReader(connectionSchema);
