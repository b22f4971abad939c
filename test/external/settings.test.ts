import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { tokensOf } from '../../controller/external/questions.ts';
import { loadControllerSettings } from '../../controller/settings.ts';

const dir = mkdtempSync(join(tmpdir(), 'drydock-external-settings-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function checksOf(...lines: readonly string[]) {
  const file = join(dir, 'controller.yaml');
  writeFileSync(file, ['stateDir: /s', 'externalChecks:', ...lines, ''].join('\n'));
  return loadControllerSettings(file).value.externalChecks;
}

function saysOf(...lines: readonly string[]): string {
  try {
    checksOf(...lines);
    return 'accepted';
  } catch (error) {
    return (error as Error).message.replaceAll(`${dir}/`, '');
  }
}

const http = '  http: { url: http://a/health }';

describe('14.3: externalChecks in the settings of the controller', () => {
  test('a query and a check, with what is left out', () => {
    const [query, get] = checksOf(
      '- name: errors',
      '  at: [before-run, soak]',
      '  clusters: env=prod',
      '  prometheus: { url: https://prometheus:9090, query: \'sum(rate(errors{cluster="$cluster"}[5m]))\', atMost: 0.5 }',
      '  everyMs: 15000',
      '  tokenFile: /etc/drydock/prometheus.token',
      '- name: front',
      '  at: [finalize]',
      http,
    );
    expect(query).toEqual({
      clusters: [{ key: 'env', value: 'prod', not: false }],
      tokenFile: '/etc/drydock/prometheus.token',
      check: {
        name: 'errors',
        at: ['before-run', 'soak'],
        question: { by: 'prometheus', url: 'https://prometheus:9090', query: 'sum(rate(errors{cluster="$cluster"}[5m]))', atMost: 0.5 },
        timeoutMs: 5_000,
        everyMs: 15_000,
        toleranceMs: 60_000,
      },
    });
    expect(get?.check).toMatchObject({ question: { by: 'http', url: 'http://a/health', status: 200 }, everyMs: 30_000 });
    expect(tokensOf(query === undefined ? [] : [query])).toEqual(
      new Map([['errors', { file: '/etc/drydock/prometheus.token', origin: 'https://prometheus:9090' }]]),
    );
  });

  test.each([
    [['- name: a', '  at: [soak]'], 'controller.yaml:3: externalChecks[0]: expected either prometheus or http, and not both'],
    [
      ['- name: a', '  at: [soak]', '  http: { url: https://me:secret@a/ }'],
      'controller.yaml:5: externalChecks[0].http.url: expected a URL without user and password, as plans and logs would show them; put a bearer token into a file and set tokenFile',
    ],
    [
      ['- name: a', '  at: [soak]', '  http: { url: file:///etc/passwd }'],
      'controller.yaml:5: externalChecks[0].http.url: expected a URL that begins with http:// or https://',
    ],
    [
      ['- name: a', '  at: [soak]', '  http: { url: a }'],
      'controller.yaml:5: externalChecks[0].http.url: expected a URL: https://prometheus.example:9090',
    ],
    [
      ['- name: a', '  at: [soak]', '  prometheus: { url: "http://a/?x=1", query: up, atMost: 1 }'],
      'controller.yaml:5: externalChecks[0].prometheus.url: expected the URL of Prometheus without a query; put the query into the setting query',
    ],
    [['- name: a', '  at: [now]', http], 'controller.yaml:4: externalChecks[0].at[0]: expected before-run, soak, finalize'],
    [['- name: a', '  at: []', http], 'controller.yaml:4: externalChecks[0].at: expected at least one of before-run, soak, finalize'],
    [
      ['- name: A b', '  at: [soak]', http],
      'controller.yaml:3: externalChecks[0].name: expected a name of lower-case letters, digits and dashes',
    ],
    [
      ['- name: a', '  at: [soak]', http, '- name: a', '  at: [soak]', http],
      'controller.yaml:6: externalChecks[1].name: the name a is already used',
    ],
    [
      ['- name: a', '  at: [soak]', '  clusters: "=x"', http],
      'controller.yaml:5: externalChecks[0].clusters: "=x" does not name a label; expected a selector such as env=prod,tier!=gold,!legacy',
    ],
    [
      ['- name: a', '  at: [soak]', '  http: { url: "http://$cluster.example/" }', '  tokenFile: /t'],
      'controller.yaml:6: externalChecks[0].tokenFile: a token is valid for one host: remove $cluster from the host of its url',
    ],
    [
      ['- name: a', '  at: [soak]', http, '  token: abc'],
      'controller.yaml:6: externalChecks[0].token: unknown setting; remove it or correct its name',
    ],
  ] as const)('refuses %j', (lines, says) => {
    expect(saysOf(...lines)).toBe(says);
  });
});
