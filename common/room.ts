/** PURE. Room that copies of data must find free, by the same sum for who plans them and for who makes them (P8). */

export interface Room {
  readonly bytes: number;
  readonly inodes: number;
}

const margin = 1.2;

/**
 * @param need of one copy, measured
 * @param copies two where a restored copy is made to prove the first
 */
export function wantedRoom(need: Room, copies: 1 | 2 = 1): Room {
  return { bytes: Math.ceil(need.bytes * margin * copies), inodes: Math.ceil(need.inodes * margin * copies) };
}
