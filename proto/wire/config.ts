/** Changes of a configuration file on the wire. Keys and values are checked here for form; what they mean the engine knows. */
import type { ConfigChange, ConfigRevision } from '../../common/orders.ts';
import type { ConfigChange__Output, ConfigChange as WireChange } from '../generated/drydock/v1/ConfigChange.ts';
import type { ConfigRevision__Output, ConfigRevision as WireRevision } from '../generated/drydock/v1/ConfigRevision.ts';
import { digestFromWire, malformed } from './forms.ts';

const keyForm = /^[A-Za-z_][A-Za-z0-9_.$-]{0,199}$/;
const maxValueChars = 10_000;

export function changesToWire(changes: readonly ConfigChange[]): WireChange[] {
  return changes.map((change) => {
    if (change.op === 'set') return { key: change.key, setValue: change.value };
    return change.op === 'rename' ? { key: change.key, renameTo: change.to } : { key: change.key, remove: true };
  });
}

export function changesFromWire(wire: readonly ConfigChange__Output[]): readonly ConfigChange[] {
  return wire.map((change): ConfigChange => {
    const key = keyFromWire(change.key);
    if (change.setValue !== undefined) return { op: 'set', key, value: valueFromWire(key, change.setValue) };
    if (change.renameTo !== undefined) return { op: 'rename', key, to: keyFromWire(change.renameTo) };
    if (change.remove === true) return { op: 'remove', key };
    throw malformed(`config change of ${key} says neither set nor rename nor remove`);
  });
}

function keyFromWire(text: string): string {
  if (!keyForm.test(text)) throw malformed(`config key ${JSON.stringify(text.slice(0, 40))} is no name of a setting`);
  return text;
}

/** One line: a value with a line break would be more than a value. */
function valueFromWire(key: string, text: string): string {
  if (text.length > maxValueChars || /\p{Cc}/u.test(text))
    throw malformed(`config value of ${key} is longer than ${maxValueChars} characters or not one line`);
  return text;
}

export function revisionToWire(revision: ConfigRevision): WireRevision {
  return { changes: changesToWire(revision.changes), fromDigest: revision.fromDigest, toDigest: revision.toDigest };
}

export function revisionFromWire(wire: ConfigRevision__Output | null): ConfigRevision {
  if (wire === null) throw malformed('config is missing');
  return {
    changes: changesFromWire(wire.changes),
    fromDigest: digestFromWire(wire.fromDigest, 'config.fromDigest'),
    toDigest: digestFromWire(wire.toDigest, 'config.toDigest'),
  };
}
