import { expect, it } from 'vitest';
import type { Frame } from '../lib/frame';
import { convertTypes, filterByValue, groupRows } from './transformRows';

const frame: Frame = {
  refId: 'A',
  name: '',
  fields: [
    { name: 'size', type: 'string', values: ['1', 'x', '2'] },
    { name: 'a', type: 'number', values: [1, 2, null] },
    { name: 'b', type: 'number', values: [10, 20, 30] },
  ],
};
const column = (result: Frame, name: string) => result.fields.find((field) => field.name === name)?.values;

it('converts what can be converted', () => {
  const options = { conversions: [{ targetField: 'size', destinationType: 'number' }] };
  expect(column(convertTypes(frame, options), 'size')).toEqual([1, null, 2]);
});

it('groups rows', () => {
  const twice = {
    ...frame,
    fields: frame.fields.map((f) => ({ ...f, values: [...f.values, f.values[0] ?? null] })),
  };
  const fields = { size: { operation: 'groupby' }, b: { operation: 'aggregate', aggregations: ['sum'] } };
  const grouped = groupRows(twice, { fields });
  expect(grouped.fields.map(({ name, values }) => [name, values])).toEqual([
    ['size', ['1', 'x', '2']],
    ['b (sum)', [20, 20, 30]],
  ]);
});

it.each([
  ['include', 'any', ['1', '2']],
  ['exclude', 'any', ['x']],
  ['include', 'all', []],
])('filters rows: %s %s', (type, match, expected) => {
  const filters = [
    { fieldName: 'a', config: { id: 'isNull' } },
    { fieldName: 'b', config: { id: 'lower', options: { value: 15 } } },
  ];
  expect(column(filterByValue(frame, { type, match, filters }), 'size')).toEqual(expected);
});
