import { describe, expect, it } from 'vitest';
import type { ComparedRow } from '../api/proofs';
import { changeOf, difference, inWords, writtenId } from './compared';

const side = (duration_ns: number) => ({
  span_id: '1',
  start_ns: 0,
  duration_ns,
  failed: false,
  critical: false,
});
const row = (base: ComparedRow['base'], compare: ComparedRow['compare']): ComparedRow => ({
  service: 'shop',
  name: 'GET',
  depth: 0,
  base,
  compare,
  attributes: [],
});

describe('two traces side by side', () => {
  it('says by how much a span differs, and where it is missing', () => {
    expect(difference(1e6, 1e6)).toBe('=');
    expect(difference(1e6, 4e6)).toBe(`+${'3 ms'}`);
    expect(difference(4e6, 1e6)).toBe('−3 ms');
    expect(inWords(1e6, 4e6)).toBe('B took 3 ms longer than A.');
    expect(inWords(4e6, 1e6)).toBe('B took 3 ms less than A.');
    expect(inWords(4e6, 4e6)).toBe('B took as long as A.');
    expect(changeOf(row(side(1e6), null))).toBe('only in A');
    expect(changeOf(row(null, side(1e6)))).toBe('only in B');
    expect(changeOf(row(side(1e6), side(2e6)))).toBe('+1 ms');
  });

  it('finds the id in what was pasted', () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(writtenId(` ${id.toUpperCase()} `)).toBe(id);
    expect(writtenId(`http://localhost:3000/explore/trace/${id}?view=1-2`)).toBe(id);
    expect(writtenId('a trace?')).toBeUndefined();
  });
});
