import { describe, expect, it } from 'vitest';
import { seriesFrame } from '../lib/frame';
import { align, seriesOf } from './align';
import { stackGroups } from './stack';
import { timeTicks } from './timeAxis';

describe('align', () => {
  it('puts series of different times on one axis', () => {
    const frames = [
      seriesFrame('A', 'a', {}, [1000, 2000], [1, 2]),
      seriesFrame('A', 'b', {}, [2000, 3000], [5, Number.NaN]),
    ];
    expect(align(seriesOf(frames))).toEqual([
      [1, 2, 3],
      [1, 2, undefined],
      [undefined, 5, null],
    ]);
  });
  it('joins the points of a series across the times of another', () => {
    const frames = [
      seriesFrame('A', 'a', {}, [0, 5000, 10_000], [1, 2, 3]),
      { ...seriesFrame('B', 'b', {}, [0, 10_000, 30_000], [5, 6, 7]), step: 10_000 },
    ];
    expect(align(seriesOf(frames), 5000)).toEqual([
      [0, 5, 10, 20, 30],
      [1, 2, 3, undefined, undefined],
      [5, undefined, 6, null, 7],
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

describe('stacks', () => {
  const columns = [
    [1, null, 3],
    [1, 2, 3],
    [4, 4, 4],
  ];
  it('add up within a group, a missing value adding nothing', () => {
    const { columns: stacked, bands } = stackGroups(columns, [{ group: 'A' }, { group: 'A' }, {}]);
    expect(stacked).toEqual([
      [1, null, 3],
      [2, 2, 6],
      [4, 4, 4],
    ]);
    expect(bands).toEqual([[1, 0]]);
  });
  it('of shares end at one', () => {
    const { columns: stacked } = stackGroups(columns, Array(3).fill({ group: 'A', percent: true }));
    expect(stacked[2]).toEqual([1, 1, 1]);
    expect(stacked[0]?.[2]).toBeCloseTo(0.3);
  });
  it('hang from zero what is below it', () => {
    const signs = [[1], [-2], [3], [-4]];
    const { columns: stacked, bands } = stackGroups(signs, Array(4).fill({ group: 'A' }));
    expect(stacked).toEqual([[1], [-2], [4], [-6]]);
    expect(bands).toEqual([
      [2, 0],
      [3, 1],
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
