import { expect, it } from 'vitest';
import type { Field } from '../../lib/frame';
import { footerRows } from './footer';

const text: Field = { name: 'job', type: 'string', values: ['a', 'b'] };
const one: Field = { name: 'x', type: 'number', values: [1, 3] };
const two: Field = { name: 'y', type: 'number', values: [10, 20] };
const columns = [text, one, two].map((field) => ({ field, config: { unit: 's' }, name: field.name }));

it('calculates over every number, in the unit of its column', () => {
  expect(footerRows(columns, { show: true, reducer: ['sum'] })).toEqual([
    { name: 'Total', cells: ['', '4 s', '30 s'] },
  ]);
});

it('calculates over the columns that it names', () => {
  expect(footerRows(columns, { show: true, reducer: ['mean'], fields: ['y'] })[0]?.cells).toEqual([
    '',
    '',
    '15 s',
  ]);
});

it('counts rows without a unit', () => {
  expect(footerRows(columns, { show: true, countRows: true, reducer: ['count'] })[0]?.cells[0]).toBe('2');
});

it('takes the calculations that each column says itself', () => {
  const own = columns.map((column, at) =>
    at === 1
      ? { ...column, config: { unit: 's', custom: { footer: { reducers: ['max', 'min'] } } } }
      : column,
  );
  expect(footerRows(own, {})).toEqual([
    { name: 'Max', cells: ['', '3 s', ''] },
    { name: 'Min', cells: ['', '1 s', ''] },
  ]);
});

it('is not there unless it is asked for', () => {
  expect(footerRows(columns, { reducer: ['sum'] })).toEqual([]);
  expect(footerRows(columns)).toEqual([]);
});
