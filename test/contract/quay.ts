/** quay, which exists in tests only, as the contract of the form needs it: what its fleet in memory announces, and what a node of it would tell. */
import { z } from 'zod';
import type { ClosedList } from '../../common/closed-list.ts';
import type { EngineObservation } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';
import { quayJobs, quayVerbs } from '../quay/fleet.ts';
import { checks, holdBackKey, quayProcedure as procedure, serverSchema } from '../quay/procedure.ts';
import type { FormSubject } from './form.ts';

const wordsOf = (words: readonly string[]): ClosedList => Object.fromEntries(words.map((word) => [word, z.strictObject({})]));
const inMemory = async (): Promise<never> => {
  throw fail('refused', 'in-memory', 'quay runs on no host');
};

const seen: EngineObservation = {
  databaseId: 'quay-1',
  memberId: 'store-1',
  runningVersion: '1.0',
  onDiskVersion: '1.0',
  format: '1.0',
  role: 'member',
  inService: true,
  peers: [],
  findings: [],
  detail: {},
};

export const quayForm: FormSubject = {
  procedure,
  driver: {
    checks: ['in-service'],
    verbs: { schemas: wordsOf(quayVerbs), act: inMemory, acted: inMemory },
    jobs: { schemas: wordsOf(quayJobs), command: inMemory, progress: () => null, finished: inMemory },
    settings: { keys: [holdBackKey], set: inMemory, unset: inMemory },
  },
  checks,
  tools: {},
  serverSchema,
  recordings: { dir: null, product: 'quay', observed: async () => [seen] },
  hops: [
    ['1.0', '1.1'],
    ['1.1', '2.0'],
    ['3.0', '4.0'],
    ['5.0', '6.0'],
  ],
};
