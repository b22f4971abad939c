/** P12 Where policy asks for four eyes, who made a plan neither approves it, nor confirms a step of its run, nor finalizes that. */
import type { Client } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSelector, type Selector } from '../../common/labels.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { clientCredentials, secureClientOptions } from '../../proto/secure-channel.ts';
import { identityOf } from '../identities.ts';
import { cluster, planMade, planRecord } from '../store/samples.ts';
import { askUnary, type Door, openDoor, refusal } from './door.ts';

const done: string[] = [];
let door: Door;
let bert: Client;

beforeAll(async () => {
  const { selector } = parseSelector('env=prod') as { readonly selector: Selector };
  const asked = (what: string) => async () => void done.push(what);
  door = await openDoor({
    fourEyes: selector,
    plans: {
      approvePlan: async () => {
        done.push('approved');
        return { runId: '', digest };
      },
    },
    runs: { confirmStep: asked('confirmed'), finalizeRun: asked('finalized') },
  });
  const { store } = door;
  await store.adoptCluster(cluster, 'w1', 'human:tester');
  await store.labelCluster({ cluster: cluster.cluster, set: { env: 'prod' }, remove: [] }, 1, 'human:tester');
  await store.addPlan({ ...planRecord('r-1'), plannedBy: 'human:tester' });
  await store.openRun('p-of-r-1', planMade('r-1'), 3_000);
  await door.ask('BindRole', { identity: 'human:bert', role: 'approver', selector: '' });
  bert = new drydockV1.Operator(
    door.server.address,
    clientCredentials(await identityOf({ class: 'human', name: 'bert' })),
    secureClientOptions,
  );
});
afterAll(async () => {
  bert.close();
  await door[Symbol.asyncDispose]();
});

const { digest } = planRecord('r-1');

test.each([
  ['ApprovePlan', { planId: 'p-of-r-1', digest }, 'approve it', 'approved'],
  ['ConfirmStep', { runId: 'r-1', step: 'h1.consent', digest, reason: 'read' }, 'confirm its steps', 'confirmed'],
  ['FinalizeRun', { runId: 'r-1', digest, reason: 'read' }, 'finalize it', 'finalized'],
] as const)('P12 %s is for another than who made the plan, admin or not', async (method, request, what, event) => {
  done.length = 0;
  const { failure } = await refusal(door.ask(method, request));
  expect(failure).toMatchObject({
    code: 'four-eyes',
    message: `plan p-of-r-1 was made by human:tester: another person must ${what}`,
  });
  expect(done).toEqual([]);
  await askUnary(bert, method, request);
  expect(done).toEqual([event]);
});
