import { describe, expect, it } from 'vitest';
import { killAtEveryPoint } from './every-point.ts';
import { seedOr } from './seed.ts';

const options = { seed: seedOr(14), losesPower: true };
const isCommitted = (label: string): boolean => label.startsWith('commit after');

describe('an upgrade during which hosts go down', () => {
  it('P4 loses nothing acknowledged, the controller’s host without power after each kind of commit', async () => {
    const played = await killAtEveryPoint({
      options,
      wanted: ({ program, label }) => program === 'controller' && isCommitted(label),
      death: { how: 'power-loss' },
      ends: ['done'],
    });
    expect(played).toBeGreaterThan(25);
  });

  it('P3 P4 P18 loses nothing acknowledged and does nothing twice, a standby’s host without power after each kind of commit', async () => {
    const played = await killAtEveryPoint({
      options,
      wanted: ({ program, label }) => program === 'pg-2' && isCommitted(label),
      death: { how: 'power-loss' },
      ends: ['done'],
    });
    expect(played).toBeGreaterThan(25);
  });

  it('P3 P4 P18 goes on, the primary’s host rebooted after each kind of commit', async () => {
    const played = await killAtEveryPoint({
      options: { seed: seedOr(15) },
      wanted: ({ program, label }) => program === 'pg-1' && isCommitted(label),
      death: { how: 'reboot' },
      ends: ['done'],
    });
    expect(played).toBeGreaterThan(25);
  });
});
