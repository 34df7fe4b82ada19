import { expect, test } from 'vitest';
import { keptOf } from './snapshot';

test('a panel of a snapshot has what it showed', () => {
  const fields = [
    { name: 'Time', type: 'time', values: [1000, 2000] },
    { name: 'up', type: 'number', labels: { job: 'a' }, values: [1, null] },
    { name: 'what', type: 'other', values: [{ a: 1 }, 'b'] },
  ];
  const kept = keptOf({ type: 'timeseries', snapshotData: [{ refId: 'B', fields }] });
  expect(kept?.frames[0]).toEqual({
    refId: 'B',
    name: '',
    fields: [
      { name: 'Time', type: 'time', values: [1000, 2000] },
      { name: 'up', type: 'number', labels: { job: 'a' }, values: [1, null] },
      { name: 'what', type: 'string', values: ['{"a":1}', 'b'] },
    ],
  });
});

test('of logs it has the lines', () => {
  const fields = [
    { name: 'Time', type: 'time', values: [1000] },
    { name: 'Line', type: 'string', values: ['sold out'] },
  ];
  expect(keptOf({ type: 'logs', snapshotData: [{ fields }] })?.lines).toEqual([
    { timestamp: '1000000000', line: 'sold out', labels: {}, metadata: {} },
  ]);
  expect(keptOf({ type: 'logs' })).toBeUndefined();
});
