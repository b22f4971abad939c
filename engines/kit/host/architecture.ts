/** For which machine a program is built: one of another machine cannot be asked anything. */
import type { DriverContext } from '../../../common/driver.ts';
import type { Answer } from '../pure/checks.ts';

const runMs = 10_000;

/** Whether this host can run a program. */
export async function builtFor({ host }: DriverContext, program: string): Promise<Answer> {
  const dump = await host.run(['od', '-An', '-tx1', '-N20', program], { timeoutMs: runMs }).catch(() => null);
  if (dump === null || dump.exitCode !== 0) return [false, `${program} is missing or cannot be read`];
  const arch = parseElfArch(dump.stdout);
  if (arch === null) return [false, `${program} is not a program for x64 or arm64`];
  return [arch === process.arch, `the server is built for ${arch}, this host is ${process.arch}`];
}

/** Machine names as Node has them, by e_machine of an ELF header. Source: elf.h (EM_X86_64, EM_AARCH64). */
const machines: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' };

/** Architecture of a program from the `od -An -tx1` dump of its first 20 bytes; null: no ELF program of a known machine. */
export function parseElfArch(dump: string): string | null {
  const bytes = dump
    .trim()
    .split(/\s+/)
    .map((pair) => Number.parseInt(pair, 16));
  const [magic0, magic1, magic2, magic3] = bytes;
  if (magic0 !== 0x7f || magic1 !== 0x45 || magic2 !== 0x4c || magic3 !== 0x46) return null;
  const [low, high] = [bytes[18], bytes[19]];
  if (low === undefined || high === undefined) return null;
  const littleEndian = bytes[5] === 1;
  return machines[littleEndian ? low + high * 256 : high + low * 256] ?? null;
}
