import { describe, expect, it } from 'vitest';
import { type Frame, seriesFrame } from '../lib/frame';
import { type CalculateOptions, calculateField } from './calculate';
import { transform } from './transform';

const frame: Frame = {
  refId: 'A',
  name: '',
  fields: [
    { name: 'Time', type: 'time', values: [1, 2, 3] },
    { name: 'a', type: 'number', values: [1, 2, null] },
    { name: 'b', type: 'number', values: [10, -20, 30] },
  ],
};

const cases: [CalculateOptions, name: string, values: (number | null)[]][] = [
  [{ mode: 'binary', binary: { left: 'b', operator: '/', right: '2' } }, 'b / 2', [5, -10, 15]],
  [
    { mode: 'binary', binary: { left: 'a', operator: '+', right: { matcher: { options: 'b' } } } },
    'a + b',
    [11, -18, null],
  ],
  [{ mode: 'binary', binary: { left: 'a', operator: '**', right: { fixed: '3' } } }, 'a ** 3', [1, 8, null]],
  [{ mode: 'reduceRow', reduce: { reducer: 'max' } }, 'Max', [10, 2, 30]],
  [{ reduce: { reducer: 'sum', include: ['a'] } }, 'Total', [1, 2, null]],
  [{ mode: 'unary', unary: { operator: 'abs', fieldName: 'b' } }, 'abs(b)', [10, 20, 30]],
  [
    { mode: 'cumulativeFunctions', cumulative: { field: 'a', reducer: 'sum' } },
    'cumulative sum(a)',
    [1, 3, 3],
  ],
  [{ mode: 'cumulativeFunctions', cumulative: { reducer: 'mean' } }, 'cumulative mean', [1, 1.5, 1]],
  [
    {
      mode: 'windowFunctions',
      window: {
        field: 'b',
        reducer: 'mean',
        windowSize: 2,
        windowSizeMode: 'fixed',
        windowAlignment: 'trailing',
      },
    },
    'trailing moving mean(b)',
    [10, -5, 5],
  ],
  [
    {
      mode: 'windowFunctions',
      window: {
        field: 'b',
        reducer: 'mean',
        windowSize: 3,
        windowSizeMode: 'fixed',
        windowAlignment: 'centered',
      },
    },
    'centered moving mean(b)',
    [-5, 20 / 3, 5],
  ],
  [{ mode: 'index', index: { asPercentile: true } }, 'Row', [0, 1 / 3, 2 / 3]],
  [{ mode: 'index', alias: 'n' }, 'n', [0, 1, 2]],
];

describe('a calculated column', () => {
  it.each(cases)('%j', (options, name, values) => {
    const made = calculateField(frame, options).fields.at(-1);
    expect(made).toEqual({ name, type: 'number', values });
  });

  it('of every column of a type', () => {
    const options = {
      mode: 'binary',
      binary: {
        left: { matcher: { id: 'byType', options: 'number' } },
        operator: '*',
        right: { fixed: '2' },
      },
    };
    const names = calculateField(frame, options).fields.map(({ name }) => name);
    expect(names).toEqual(['Time', 'a', 'b', 'a * 2', 'b * 2']);
  });

  it('takes the place of the others where it should, beside the time', () => {
    const { fields } = calculateField(frame, { reduce: { reducer: 'sum' }, replaceFields: true });
    expect(fields.map(({ name }) => name)).toEqual(['Time', 'Total']);
  });

  it('joins its operands, which are series of their own, by time', () => {
    const two = [seriesFrame('A', 'x', {}, [1, 2], [6, 8]), seriesFrame('B', 'y', {}, [1, 2], [3, 2])];
    const options = { mode: 'binary', binary: { left: 'x', operator: '/', right: 'y' }, alias: 'ratio' };
    const { frames } = transform(
      { type: 'timeseries', transformations: [{ id: 'calculateField', options }] },
      two,
    );
    expect(frames).toHaveLength(1);
    expect(frames[0]?.fields.at(-1)).toMatchObject({ name: 'ratio', values: [2, 4] });
  });

  it.each([
    [{ mode: 'template' }, 'calculateField, mode “template”'],
    [{ mode: 'unary', unary: { operator: 'cbrt', fieldName: 'a' } }, 'calculateField, operator “cbrt”'],
    [{ mode: 'windowFunctions', window: { reducer: 'p95' } }, 'calculateField, moving “p95”'],
  ])('that is not known is named: %j', (options, named) => {
    const transformations = [{ id: 'calculateField', options }];
    const { frames, unknown } = transform({ type: 'table', transformations }, [frame]);
    expect(unknown).toEqual([named]);
    expect(frames).toEqual([frame]);
  });
});
