import { describe, expect, it } from 'vitest';
import { drivers } from '../../engines/drivers.ts';
import { cassandraSubject } from './cassandra.ts';
import { driverContract } from './driver-contract.ts';
import { etcdSubject } from './etcd.ts';
import { postgresqlSubject } from './postgresql.ts';

const subjects = [cassandraSubject, etcdSubject, postgresqlSubject];

describe('the driver contract', () => {
  it('M43 is held against every engine that has a driver', () => {
    expect(subjects.map(({ driver }) => driver)).toEqual(drivers);
  });
});

for (const subject of subjects) driverContract(subject);
