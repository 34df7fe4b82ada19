import { describe, expect, it } from 'vitest';
import { seriesFrame } from '../lib/frame';
import { align, seriesOf, stack } from './align';
import { timeTicks } from './timeAxis';

describe('align', () => {
  it('puts series of different times on one axis', () => {
    const frames = [
      seriesFrame('A', 'a', {}, [1000, 2000], [1, 2]),
      seriesFrame('A', 'b', {}, [2000, 3000], [5, Number.NaN]),
    ];
    expect(align(seriesOf(frames))).toEqual([
      [1, 2, 3],
      [1, 2, null],
      [null, 5, null],
    ]);
  });
  it('stacks, a missing value adding nothing', () => {
    expect(
      stack([
        [1, null, 3],
        [1, 2, 3],
      ]),
    ).toEqual([
      [1, null, 3],
      [2, 2, 6],
    ]);
  });
  it('breaks lines where every series pauses', () => {
    const pausing = seriesOf([seriesFrame('A', 'a', {}, [0, 5000, 20_000], [1, 2, 3])]);
    expect(align(pausing, 5000)).toEqual([
      [0, 5, 10, 20],
      [1, 2, null, 3],
    ]);
  });
});

describe('time axis', () => {
  const at = (...parts: [number, number, number, number, number, number]) =>
    new Date(...parts).getTime() / 1000;
  const noon = at(2026, 0, 5, 12, 0, 0);
  it.each([
    [[noon, noon + 30], 120, ['12:00:00', '12:00:30']],
    [[noon, noon + 300], 900, ['12:00', '12:05']],
    [[noon, noon + 21_600], 172_800, ['01-05 12:00', '01-05 18:00']],
    [[noon, noon + 86_400], 604_800, ['01-05', '01-06']],
  ])('%j over %d s', (ticks, span, expected) => expect(timeTicks(ticks, span)).toEqual(expected));
});
