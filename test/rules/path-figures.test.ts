import { describe, expect, it } from 'vitest';
import { loadPack, type RulePack } from '../../controller/rules/pack.ts';
import { findPath } from '../../controller/rules/path.ts';
import { numbersScheme } from './numbers-scheme.ts';

const engines = Array.from({ length: 8 }, (_unused, at) => `engine-${at}`);
const schemes = new Map(engines.map((engine) => [engine, numbersScheme]));

/** 500 releases in 50 series; one series at a time, a dozen refused targets, so that a walk over all of them is long. */
function largePack(engine: string): RulePack {
  const releases = Array.from({ length: 500 }, (_unused, at) => `${1 + Math.floor(at / 10)}.${at % 10}`);
  const text = {
    ...{ engine, version: '1', source: 'page' },
    releases: { source: 'list', list: releases.join('\n') },
    edges: [
      { id: 'patch', from: 'any', to: 'final', series: 'same', direction: 'both', kind: 'rolling', rollback: 'lossless', source: 'page' },
      {
        id: 'next',
        from: 'any',
        to: 'any',
        series: 'other',
        adjacent: 'series',
        kind: 'rolling',
        rollback: 'restore-node',
        source: 'page',
      },
    ],
    refusals: Array.from({ length: 12 }, (_unused, at) => ({ id: `bad-${at}`, to: `${3 * at + 2}.9`, reason: 'bad', source: 'page' })),
  };
  return loadPack(`${engine}.yaml`, JSON.stringify(text), schemes);
}

describe('the figure for path queries', () => {
  it('M50 answers in under 20 ms over 8 packs with 500 releases each, at the median', () => {
    const packs = new Map(engines.map((engine) => [engine, largePack(engine)]));
    const hosts = [{ host: null, os: null, arch: null }];
    const queries = [
      { from: '1.0', to: '50.9', hops: 49 },
      { from: '1.0', to: '50', hops: 49 },
      { from: '50.9', to: '1.0', hops: 0 },
    ];
    const elapsedMs = engines.flatMap((engine) =>
      queries.map(({ from, to, hops }) => {
        // Time on the processor: what else runs on the machine is not this figure's business.
        const before = process.cpuUsage();
        const path = findPath({ engine, from, to, hosts, traits: {} }, packs);
        const { user, system } = process.cpuUsage(before);
        expect(path.hops).toHaveLength(hops);
        return (user + system) / 1000;
      }),
    );
    const median = elapsedMs.sort((a, b) => a - b)[Math.floor(elapsedMs.length / 2)] ?? Number.POSITIVE_INFINITY;
    console.info(`path query, 8 packs of 500 releases: median ${median.toFixed(1)} ms, worst ${elapsedMs.at(-1)?.toFixed(1)} ms`);
    expect(median).toBeLessThan(20);
  });
});
