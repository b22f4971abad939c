/** One life of the agent. When it is over, nothing of it acts any more, wherever its code was waiting. */
export interface Lifetime {
  readonly signal: AbortSignal;
  /** Throws AgentStopped when the life is over. */
  check(): void;
  end(): void;
}

/** Not a Failure: nothing may answer for an agent that is not there any more. */
export class AgentStopped extends Error {
  constructor() {
    super('the agent was stopped');
    this.name = 'AgentStopped';
  }
}

export function beginLifetime(): Lifetime {
  const ending = new AbortController();
  return {
    signal: ending.signal,
    check() {
      if (ending.signal.aborted) throw new AgentStopped();
    },
    end: () => ending.abort(),
  };
}

/**
 * The port, as long as the life lasts: each call asks first, and an answer that comes too late is not heard. So an order whose code
 * was waiting when the agent was stopped cannot take one more step.
 */
export function mortal<T extends object>(port: T, lifetime: Lifetime): T {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        lifetime.check();
        const answer: unknown = Reflect.apply(member, target, args);
        if (!(answer instanceof Promise)) return answer;
        return answer.finally(() => lifetime.check());
      };
    },
  });
}
