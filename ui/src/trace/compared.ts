/** What is said of two traces side by side. Pure; nanoseconds. */
import type { ComparedRow } from '../api/proofs';
import { formatValue } from '../lib/units';

/** `+3 ms`, `-3 ms`, or `=` where nothing differs. */
export function difference(base: number, compare: number): string {
  const by = compare - base;
  if (by === 0) return '=';
  return `${by > 0 ? '+' : '−'}${formatValue(Math.abs(by) / 1e6, 'ms')}`;
}

/** How long B took beside A, as a sentence. */
export function inWords(base: number, compare: number): string {
  if (base === compare) return 'B took as long as A.';
  const by = formatValue(Math.abs(compare - base) / 1e6, 'ms');
  return `B took ${by} ${compare > base ? 'longer' : 'less'} than A.`;
}

/** What became of a span from the first trace to the second one. */
export function changeOf({ base, compare }: ComparedRow): string {
  if (!base) return 'only in B';
  if (!compare) return 'only in A';
  return difference(base.duration_ns, compare.duration_ns);
}

/** The id that a person has written or pasted: hexadecimal digits, from the address of a trace, too. */
export function writtenId(text: string): string | undefined {
  return /(?:^|\/)([0-9a-f]{1,32})\/?$/i.exec(text.trim().replace(/[?#].*$/, ''))?.[1]?.toLowerCase();
}
