import { describe, expect, it } from 'vitest';
import { type Frame, seriesFrame } from '../lib/frame';
import { reduce } from '../lib/reduce';
import { configOf, display } from './fieldConfig';
import { toTable, transform } from './transform';

const frames: Frame[] = [
  seriesFrame('A', 'a', { job: 'x' }, [1, 2], [10, 20]),
  seriesFrame('A', 'b', { job: 'y' }, [1, 2], [30, null]),
];
const columns = (frame: Frame | undefined) => frame?.fields.map(({ name, values }) => [name, ...values]);

describe('transformations', () => {
  it('make a table of series, labels as columns', () => {
    expect(columns(toTable(frames))).toEqual([
      ['Time', 1, 2, 1, 2],
      ['job', 'x', 'x', 'y', 'y'],
      ['Value', 10, 20, 30, null],
    ]);
  });

  it('join series by time', () => {
    const panel = { type: 'table', transformations: [{ id: 'joinByField', options: { byField: 'Time' } }] };
    expect(columns(transform(panel, frames).frames[0])).toEqual([
      ['Time', 1, 2],
      ['a', 10, 20],
      ['b', 30, null],
    ]);
  });

  it('reduce, then sort and rename', () => {
    const transformations = [
      { id: 'reduce', options: { reducers: ['max'] } },
      { id: 'sortBy', options: { sort: [{ field: 'Max', desc: true }] } },
      { id: 'organize', options: { renameByName: { Max: 'Most' } } },
    ];
    expect(columns(transform({ type: 'table', transformations }, frames).frames[0])).toEqual([
      ['Field', 'b', 'a'],
      ['Most', 30, 20],
    ]);
  });

  it('name what they do not know', () => {
    expect(transform({ type: 'table', transformations: [{ id: 'magic' }] }, frames).unknown).toEqual([
      'magic',
    ]);
  });
});

describe('calculations', () => {
  it.each([
    ['lastNotNull', 30],
    ['mean', 25],
    ['max', 30],
    ['count', 3],
    ['unheard-of', null],
  ])('%s is %s', (calc, value) => expect(reduce([20, 30, null], calc)).toBe(value));
});

describe('field configuration', () => {
  const frame = frames[0] as Frame;
  const field = frame.fields[1] as Frame['fields'][number];
  const thresholds = {
    steps: [
      { color: 'red', value: null },
      { color: 'green', value: 95 },
    ],
  };

  it('lets overrides win, in order', () => {
    const overrides = [
      {
        matcher: { id: 'byRegexp', options: '/^a$/' },
        properties: [
          { id: 'unit', value: 's' },
          { id: 'custom.width', value: 3 },
        ],
      },
    ];
    const config = configOf(
      { type: 'stat', fieldConfig: { defaults: { unit: 'short' }, overrides } },
      frame,
      field,
    );
    expect([config.unit, config.custom?.width]).toEqual(['s', 3]);
  });

  it('maps and colours values', () => {
    const config = { color: { mode: 'thresholds' }, thresholds, unit: 'percent' };
    expect(display(99, config).text).toBe('99%');
    expect(display(99, config).color).not.toBe(display(10, config).color);
    const mappings = [{ type: 'value' as const, options: { '1': { text: 'up', color: 'green' } } }];
    expect(display(1, { mappings }).text).toBe('up');
  });
});
