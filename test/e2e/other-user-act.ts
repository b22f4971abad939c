/** Run by postgresql-driver.test.ts: looks at a server as somebody else than its user, which root becomes after it has loaded everything. */
import { createLocalHost } from '../../agent/host/local-host.ts';
import { systemClock } from '../../common/clock.ts';
import type { DriverContext } from '../../common/driver.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { unpriced } from '../contract/unpriced.ts';

const [uid = '', asked = ''] = process.argv.slice(2);
const host = createLocalHost({ kind: 'supervised', socket: '/nowhere' }, '/nowhere', systemClock);
const asDriven: Pick<DriverContext, 'settings' | 'currentRelease'> = JSON.parse(asked);
const context = unpriced({ ...asDriven, host, clock: systemClock, signal: new AbortController().signal });

process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));

const findings = await Promise.all(['in-service', 'can-follow', 'no-ha-manager'].map((check) => driver.check(context, { check })));
const preview = await driver.config?.preview(context, [{ op: 'set', key: 'work_mem', value: '8MB' }]);
process.stdout.write(JSON.stringify({ findings, problems: preview?.problems }), () => process.exit(0));
