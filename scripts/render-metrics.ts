/** `npm run docs:metrics`: writes the tables of docs/monitoring/README.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { metricsPage, withTables } from './metrics-table.ts';

writeFileSync(metricsPage, await withTables(readFileSync(metricsPage, 'utf8')));
