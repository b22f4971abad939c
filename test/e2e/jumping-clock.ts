/**
 * Loaded into a real controller before its own code: at SIGUSR2 the wall clock jumps, a day on at the first and two days back at the next, as
 * when a host is given another time. The monotonic clock does not, as on a real host.
 */
const dayMs = 86_400_000;
const jumpsMs = [dayMs, -2 * dayMs];
const RealDate = globalThis.Date;
let offsetMs = 0;

const now = () => RealDate.now() + offsetMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});

process.on('SIGUSR2', () => {
  offsetMs += jumpsMs.shift() ?? 0;
});
