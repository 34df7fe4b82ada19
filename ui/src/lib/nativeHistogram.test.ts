import { describe, expect, it } from 'vitest';
import { bucketFrames, bucketsOfHistogram, type HistogramPoint } from './nativeHistogram';

const POINTS: HistogramPoint[] = [
  [
    10,
    {
      count: '7',
      sum: '12.5',
      buckets: [
        [1, '-2', '-1', '1'],
        [3, '-0.001', '0.001', '2'],
        [0, '1', '1.0905077326652577', '4'],
      ],
    },
  ],
  [20, { count: '8', sum: '14', buckets: [[0, '4', '+Inf', '8']] }],
  [30, { count: '0', sum: '0' }],
];

describe('native histograms', () => {
  it('have buckets with their bounds, ascending', () => {
    const [first] = POINTS;
    expect(
      bucketsOfHistogram((first as HistogramPoint)[1]).map(({ bounds, count }) => [bounds, count]),
    ).toEqual([
      ['[-2, -1)', 1],
      ['[-0.001, 0.001]', 2],
      ['(1, 1.09051]', 4],
    ]);
  });

  it('become a frame a bucket, with nothing where the bucket is not there', () => {
    const frames = bucketFrames('A', { job: 'x' }, POINTS);
    expect(frames.map(({ name, bucketFrom }) => [bucketFrom, name])).toEqual([
      ['-2', '-1'],
      ['-0.001', '0.001'],
      ['1', '1.0905077326652577'],
      ['4', '+Inf'],
    ]);
    expect(frames[3]?.fields.map(({ values }) => values)).toEqual([
      [10_000, 20_000, 30_000],
      [null, 8, null],
    ]);
    expect(frames[0]?.fields[1]?.labels).toEqual({ job: 'x', le: '-1' });
  });
});
