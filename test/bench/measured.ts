/** One measurement held against the limit of a goal. */
export interface Measured {
  what: string;
  value: string;
  isMet: boolean;
  /** How far beyond the limit, as a share of it; negative within. */
  beyond: number;
}

/** The farthest from its goal first. */
export function sorted(measured: Measured[]): Measured[] {
  return measured.toSorted((a, b) => b.beyond - a.beyond);
}

/** @param most the limit; as much is still within */
export function compared(
  what: string,
  value: number,
  most: number,
  show: (value: number) => string,
): Measured {
  const beyond = most === 0 ? value : value / most - 1;
  return { what, value: show(value), isMet: value <= most, beyond };
}
