/** A network that can be cut: everything that the agent and the controller say to each other goes through here. */
import { connect, createServer, type Socket } from 'node:net';

export interface Cable {
  readonly address: string;
  /** Nothing gets through any more and neither end is notified, as with a switch that lost its power. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function layCable(to: string): Promise<Cable> {
  const [host = '', port = ''] = to.split(':');
  const ends = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const [from, onto] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on('error', () => {}); // its end follows
      from.on('close', () => {
        ends.delete(from);
        onto.destroy();
      });
      from.on('data', (bytes) => {
        if (!isCut) onto.write(bytes);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const listening = server.address();
  if (listening === null || typeof listening === 'string') throw new Error('the cable has no end');
  const drop = () => {
    for (const end of ends) end.destroy();
  };
  return {
    address: `127.0.0.1:${listening.port}`,
    cut() {
      isCut = true;
    },
    mend() {
      isCut = false;
      // Bytes were lost, so what was open is of no use any more.
      drop();
    },
    async close() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
