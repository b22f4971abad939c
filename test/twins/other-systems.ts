/** Other systems that plans may ask. */
import type { ExternalSource } from '../../controller/sequencer/connections.ts';

/** For worlds in which nothing is asked. */
export const noOtherSystem: ExternalSource = { ask: () => Promise.resolve('nothing else exists here') };
