import { describe, expect, it } from 'vitest';
import { seriesFrame } from '../lib/frame';
import { bucketFrames } from '../lib/nativeHistogram';
import { binsOf, bucketsOf, heatOf } from './buckets';

describe('buckets', () => {
  it('are taken apart in the order of their bounds', () => {
    const frames = [
      seriesFrame('A', '', { le: '+Inf' }, [1, 2], [9, 9]),
      seriesFrame('A', '', { le: '10' }, [1, 2], [7, 4]),
      seriesFrame('A', '', { le: '2.5' }, [1, 2], [3, 4]),
    ];
    expect(bucketsOf(frames).map(({ name, fields }) => [name, fields[1]?.values])).toEqual([
      ['2.5', [3, 4]],
      ['10', [4, 0]],
      ['+Inf', [2, 5]],
    ]);
  });
  it('of native histograms have counts of their own and are only ordered', () => {
    const frames = bucketFrames('A', {}, [
      [
        1,
        {
          count: '9',
          sum: '9',
          buckets: [
            [0, '2', '4', '5'],
            [0, '1', '2', '4'],
          ],
        },
      ],
    ]);
    expect(bucketsOf([...frames].reverse()).map(({ name, fields }) => [name, fields[1]?.values])).toEqual([
      ['2', [4]],
      ['4', [5]],
    ]);
  });
  it('without bounds stay', () => {
    const frames = [seriesFrame('A', 'a', {}, [1], [1])];
    expect(bucketsOf(frames)).toEqual(frames);
  });
});

describe('bins', () => {
  it('are round and hold every value', () => {
    const bins = binsOf([0, 1, 2, 3, 9.9], 5);
    expect(bins.map(({ from, to, count }) => [from, to, count])).toEqual([
      [0, 2, 2],
      [2, 4, 2],
      [4, 6, 0],
      [6, 8, 0],
      [8, 10, 1],
    ]);
  });
  it('of one value are one', () => expect(binsOf([7, 7])).toEqual([{ from: 7, to: 8, count: 2 }]));
  it('of nothing are none', () => expect(binsOf([Number.NaN])).toEqual([]));
  it('make a heatmap of plain series', () => {
    const frames = [
      seriesFrame('A', 'a', {}, [1, 2], [0.5, 1.5]),
      seriesFrame('A', 'b', {}, [1, 2], [0.6, 0.1]),
    ];
    const heat = heatOf(frames, 2);
    expect(heat.map(({ fields }) => fields[1]?.values)).toEqual([
      [2, 1],
      [0, 1],
    ]);
  });
});
