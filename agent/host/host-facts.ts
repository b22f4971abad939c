/** What kind of machine this is, asked of a one-shot child of ourselves. */
import { z } from 'zod';
import type { runCommand } from './commands.ts';
import type { HostFacts } from './host.ts';

const factsMs = 20_000;
const schema = z.object({ os: z.string(), arch: z.string() });

/** Unknown rather than wrong: a child that fails leaves `os: unknown`, which counts as matching every refusal by OS. */
export async function askHostFacts(run: typeof runCommand): Promise<HostFacts> {
  try {
    const [program, script] = [process.execPath, process.argv[1] ?? ''];
    const child = await run([program, ...process.execArgv, script, 'facts'], { timeoutMs: factsMs });
    return schema.parse(JSON.parse(child.stdout));
  } catch {
    return { os: 'unknown', arch: process.arch };
  }
}
