import { expect, it } from 'vitest';
import { seriesFrame } from '../lib/frame';
import { stretchesOf } from './spans';

const frame = seriesFrame('A', 'up', {}, [0, 5, 10, 15, 30], [1, 1, 0, null, 0]);
const [time, value] = frame.fields as [(typeof frame.fields)[0], (typeof frame.fields)[0]];

it('joins equal neighbours and breaks at pauses', () => {
  expect(stretchesOf(time, value, 5)).toEqual([
    { from: 0, to: 10, value: 1 },
    { from: 10, to: 15, value: 0 },
    { from: 30, to: 35, value: 0 },
  ]);
});

it('keeps every point for a status history', () => {
  expect(stretchesOf(time, value, 5, false)).toHaveLength(4);
});
