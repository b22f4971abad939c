import { describe, expect, it } from 'vitest';
import { drivers } from '../../engines/drivers.ts';
import { cassandraForm, cassandraSubject } from './cassandra.ts';
import { driverContract } from './driver-contract.ts';
import { etcdForm, etcdSubject } from './etcd.ts';
import { formContract } from './form.ts';
import { ozoneForm, ozoneSubject } from './ozone.ts';
import { postgresqlForm, postgresqlSubject } from './postgresql.ts';
import { quayForm } from './quay.ts';

const subjects = [cassandraSubject, etcdSubject, ozoneSubject, postgresqlSubject];
const forms = [cassandraForm, etcdForm, ozoneForm, postgresqlForm];

describe('the driver contract', () => {
  it('M43 is held against every engine that has a driver', () => {
    expect(subjects.map(({ driver }) => driver)).toEqual(drivers);
    expect(forms.map(({ driver }) => driver)).toEqual(drivers);
  });
});

for (const subject of subjects) driverContract(subject);
for (const form of [...forms, quayForm]) formContract(form);
