/** Other systems that are asked over real HTTP: only a good answer in time agrees (P9). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ExternalBody, ExternalQuestion } from '../../common/controller-body.ts';
import { HttpSource, type TokenPlace } from '../../controller/external/http-source.ts';
import { type Answer, json, OtherServer, prometheus, vector } from './other-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'drydock-external-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const bodyOf = (question: ExternalQuestion, timeoutMs = 5_000): ExternalBody => ({
  kind: 'external',
  name: 'errors',
  question,
  forMs: 0,
  everyMs: 1_000,
  timeoutMs,
  toleranceMs: 0,
});
const queryOf = (url: string, atMost = 1): ExternalQuestion => ({ by: 'prometheus', url, query: 'sum(rate(errors[5m]))', atMost });

const ask = (question: ExternalQuestion, tokens: ReadonlyMap<string, TokenPlace> = new Map()) =>
  new HttpSource(tokens).ask(bodyOf(question));

describe('14.3: a query to Prometheus', () => {
  const answers: readonly (readonly [what: string, answer: Answer, says: string | null])[] = [
    ['a value at the bound', vector('1'), null],
    ['a value above it', vector('1.5'), 'errors is 1.5, expected at most 1'],
    ['a scalar', prometheus({ resultType: 'scalar', result: [1, '0.25'] }), null],
    ['nothing', vector(), 'errors is unknown: the query returned no value'],
    ['several values', vector('0', '0'), 'errors is unknown: the query returned 2 values, expected one'],
    ['no number', vector('NaN'), 'errors is unknown: the query returned NaN'],
    ['infinity', vector('-Inf'), 'errors is unknown: the query returned -Inf'],
    ['a matrix', prometheus({ resultType: 'matrix', result: [] }), 'errors is unknown: the query returned a matrix, not a number'],
    ['an error', json(400, { status: 'error', error: 'parse error:\n bad' }), 'errors is unknown: Prometheus answered parse error: bad'],
    [
      'part of an answer',
      json(200, { status: 'success', warnings: ['a store is away'], data: { resultType: 'vector', result: [] } }),
      'errors is unknown: Prometheus warned: a store is away',
    ],
    ['another document', json(200, { up: true }), 'errors is unknown: the answer is not from Prometheus'],
    ['garbage', (_request, response) => response.end('<html>'), 'errors is unknown: the answer is not from Prometheus'],
    [
      'more than an answer has',
      (_request, response) => response.end('x'.repeat(70_000)),
      'errors is unknown: the answer is longer than 64 KiB',
    ],
  ];
  test.each(answers)('%s', async (_what, answer, says) => {
    await using other = await OtherServer.open();
    other.answer = answer;
    expect(await ask(queryOf(`${other.url}/`))).toBe(says);
    expect(other.asked.map(({ path }) => path)).toEqual(['/api/v1/query?query=sum(rate(errors%5B5m%5D))']);
  });

  test('another status without an answer is named', async () => {
    await using other = await OtherServer.open();
    other.answer = (_request, response) => response.writeHead(401).end('no');
    expect(await ask(queryOf(other.url))).toMatch(/^errors is unknown: 127\.0\.0\.1:\d+ answered 401$/);
  });

  test('P9 one that does not answer in time, or is gone, is unknown', async () => {
    const other = await OtherServer.open();
    other.answer = () => undefined;
    const { url } = other;
    expect(await new HttpSource(new Map()).ask(bodyOf(queryOf(url), 100))).toMatch(
      /^errors is unknown: 127\.0\.0\.1:\d+ did not answer within 0\.10 s$/,
    );
    // The head of an answer in time is no answer.
    other.answer = (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    expect(await new HttpSource(new Map()).ask(bodyOf(queryOf(url), 100))).toMatch(/did not answer within/);
    await other.close();
    expect(await ask(queryOf(url))).toMatch(/^errors is unknown: request to 127\.0\.0\.1:\d+ failed: ./);
  });

  test('a controller that leaves waits for no answer', async () => {
    await using other = await OtherServer.open();
    const source = new HttpSource(new Map());
    const arrived = new Promise<void>((resolve) => {
      other.answer = () => resolve();
    });
    const asked = source.ask(bodyOf(queryOf(other.url)));
    await arrived;
    source.close();
    expect(await asked).toMatch(/^errors is unknown: /);
  });
});

describe('14.3: an HTTP check', () => {
  test.each([
    [200, 200, null],
    [503, 200, 'errors answered 503, expected 200'],
    [204, 204, null],
  ] as const)('an answer of %i where %i is wanted', async (answer, status, says) => {
    await using other = await OtherServer.open();
    other.answer = (_request, response) => response.writeHead(answer).end();
    expect(await ask({ by: 'http', url: `${other.url}/health?of=pg-main`, status })).toBe(says);
    expect(other.asked[0]?.path).toBe('/health?of=pg-main');
  });

  test('follows no redirect', async () => {
    await using there = await OtherServer.open();
    await using here = await OtherServer.open();
    here.answer = (_request, response) => response.writeHead(302, { location: there.url }).end();
    expect(await ask({ by: 'http', url: here.url, status: 200 })).toBe('errors answered 302, expected 200');
    expect(there.asked).toEqual([]);
  });
});

describe('14.3: a bearer token', () => {
  const file = join(dir, 'token');

  test('comes from its file at each question, and goes to the host of the settings alone', async () => {
    await using other = await OtherServer.open();
    await using stranger = await OtherServer.open();
    other.answer = vector('0');
    const tokens = new Map([['errors', { file, origin: other.url }]]);
    writeFileSync(file, 'first\n');
    expect(await ask(queryOf(other.url), tokens)).toBe(null);
    writeFileSync(file, 'second\n');
    expect(await ask(queryOf(other.url), tokens)).toBe(null);
    expect(other.asked.map(({ authorization }) => authorization)).toEqual(['Bearer first', 'Bearer second']);
    expect(await ask(queryOf(stranger.url), tokens)).toBe(
      `errors is unknown: the settings allow its token for ${other.url}, not for ${stranger.url}`,
    );
    expect(stranger.asked).toEqual([]);
  });

  test('nothing is asked without the token that it needs', async () => {
    await using other = await OtherServer.open();
    const says = (place: string) => ask(queryOf(other.url), new Map([['errors', { file: place, origin: other.url }]]));
    expect(await says(join(dir, 'none'))).toBe(`errors is unknown: its token file ${dir}/none cannot be read: no such file`);
    writeFileSync(file, 'two words\n');
    expect(await says(file)).toBe(`errors is unknown: its token file ${file} does not hold one token`);
    expect(other.asked).toEqual([]);
  });
});
