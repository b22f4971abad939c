/**
 * Which Node the programs run on. It is asked before anything else is loaded: on an older one better-sqlite3 ends the process without a
 * message, and newer syntax fails to parse. Plain syntax only, so that any Node can read this file.
 */

/** The first release line of Node whose Node-API (10) the database library is built for, and that still gets security fixes. */
export const oldestNode = '22.14.0';
const neededNodeApi = 10;

/** One sentence if this runtime cannot carry the program, else null. `napi` is the Node-API version that the runtime announces. */
export function runtimeProblem({ node, napi }: { readonly node: string; readonly napi?: string }): string | null {
  if (Number.parseInt(node, 10) >= 22 && Number(napi) >= neededNodeApi) return null;
  return `Node ${oldestNode} or newer is required, but this is Node ${node}: start the program with npx or npm run, which use the Node that npm ci installed, or install a newer Node`;
}

/** Ends the process with exit code 1 and one sentence on stderr where the runtime is too old. */
export function requireRuntime(program: string): void {
  const problem = runtimeProblem(process.versions as { node: string; napi?: string });
  if (problem === null) return;
  process.stderr.write(`${program}: ${problem}\n`);
  process.exit(1);
}
