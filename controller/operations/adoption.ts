/** A store that is older than the fleet, or whose log is not the one that was signed, goes on by a person's word. */
import type { AdoptionDocument } from '../../common/documents/administration.ts';
import { toFailure } from '../../common/failure.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';
import type { Checkpoints } from './checkpoints.ts';

export type AdoptionOperations = Pick<Sequencer, 'adoptFleet'>;

export function createAdoptionOperations(sequencer: AdoptionOperations, checkpoints: Checkpoints): AdoptionOperations {
  return {
    async adoptFleet(reason, actor): Promise<AdoptionDocument> {
      const accepted = await checkpoints.accept(actor, reason);
      try {
        return await sequencer.adoptFleet(reason, actor);
      } catch (thrown) {
        // Where the log alone was another, there is nothing else to learn.
        if (accepted === 0 || toFailure(thrown).code !== 'not-behind') throw thrown;
        return { apiVersion: 'drydock/v1', reason, clusters: [] };
      }
    },
  };
}
