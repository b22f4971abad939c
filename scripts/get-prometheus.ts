/** Fetches the Prometheus that tests use, if it is to be had: `npx tsx scripts/get-prometheus.ts` prints where it is. */
import { getPrometheus } from '../test/e2e/get-prometheus.ts';

const found = getPrometheus();
if ('missing' in found) {
  console.error(found.missing);
  process.exitCode = 1;
} else console.log(`${found.version}\n${found.server}\n${found.promtool}`);
