/** Seeds of this call: SEED=7 plays seed 7 alone where a test goes through several. */
const chosen = process.env.SEED;

export function seedOr(seed: number): number {
  return chosen === undefined ? seed : Number(chosen);
}

/** `many`: so many of them where everything is to be played (EVERY_POINT=1). */
export function seeds(first: number, count: number, many = count): readonly number[] {
  const length = process.env.EVERY_POINT === undefined ? count : many;
  return chosen === undefined ? Array.from({ length }, (_, index) => first + index) : [Number(chosen)];
}
