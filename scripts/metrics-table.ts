/** The tables of metrics in docs/monitoring/README.md, made of what the controller has; a test compares. */
import { join } from 'node:path';
import { counters, type Described, gauges, histograms } from '../controller/server/metric-catalog.ts';
import { processMetrics } from '../controller/server/metrics.ts';

export const metricsPage = join(new URL('..', import.meta.url).pathname, 'docs/monitoring/README.md');

const begin = '<!-- npm run docs:metrics writes what follows -->';
const end = '<!-- up to here -->';

/** The page with its tables as they should be. */
export async function withTables(page: string): Promise<string> {
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before === -1 || after === -1) throw new Error(`${metricsPage} has no place for its tables: ${begin} and ${end}`);
  return `${page.slice(0, before + begin.length)}\n${await tables()}\n${page.slice(after)}`;
}

async function tables(): Promise<string> {
  const own = [
    ...rows('gauge', gauges),
    ...rows('counter', counters),
    ...Object.entries(histograms).flatMap(([name, histogram]) =>
      rows('histogram', { [name]: { ...histogram, help: `${histogram.help} Buckets up to ${histogram.buckets.join(', ')} s.` } }),
    ),
  ];
  const process = (await processMetrics().getMetricsAsJSON()).map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`);
  return [
    '### Of Drydock',
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...own,
    '',
    '### Of the process',
    '| metric | type | meaning |',
    '|---|---|---|',
    ...process,
  ].join('\n');
}

function rows(type: string, all: Readonly<Record<string, Described>>): readonly string[] {
  return Object.entries(all).map(
    ([name, { labels, help }]) => `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
}
