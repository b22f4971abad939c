/**
 * The stable JSON contract of `-o json` and of the API's Document fields: every document carries apiVersion, fields are only ever added,
 * durations are milliseconds, times are ISO 8601 in UTC.
 */
export interface Versioned {
  readonly apiVersion: 'drydock/v1';
}
