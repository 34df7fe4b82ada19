import { describe, expect, it } from 'vitest';
import type { TargetJson } from '../../lib/dashboardJson';
import { seriesFrame } from '../../lib/frame';
import { calculate } from './math';
import { neededBy, runExpressions } from './run';

const range = { from: 0, to: 40 };
const datasource = { type: '__expr__', uid: '__expr__' };
const answers = new Map([
  [
    'A',
    {
      frames: [
        seriesFrame('A', 'x', { job: 'x' }, [10, 20, 30], [1, 2, 3]),
        seriesFrame('A', 'y', { job: 'y' }, [10, 20, 30], [4, null, 6]),
      ],
      instant: false,
    },
  ],
  ['B', { frames: [seriesFrame('B', 'b', {}, [10, 30], [10, 2])], instant: false }],
  ['N', { frames: [seriesFrame('N', 'n', { job: 'y' }, [40], [8])], instant: true }],
]);
const run = (...targets: TargetJson[]) =>
  runExpressions(
    targets.map((one) => ({ datasource, ...one })),
    answers,
    range,
  );
const shown = (frames: ReturnType<typeof run>, refId: string) =>
  frames.get(refId)?.map(({ name, fields }) => [name, fields[0]?.values, fields[1]?.values]);

describe('arithmetic', () => {
  it.each([
    ['1 + 2 * 3 ** 2', 19],
    ['-(1 - 3) % 2', 0],
    ['2 >= 2 && !(1 == 2)', 1],
    ['abs(-3.5) + floor(1.9)', 4.5],
    ['is_nan(nan()) || is_null(1)', 1],
    ['.5e1 / 2', 2.5],
  ])('%s is %d', (text, value) => expect(calculate(text, () => undefined)[0]?.values).toEqual([value]));

  it.each([
    ['$A +', 'the expression ends too early'],
    ['$Z * 2', 'the panel has no query $Z'],
    ['cbrt(8)', 'there is no function cbrt()'],
    ['(1 + 2', 'a “)” is missing'],
    ['1 2', '“2” does not belong there'],
    ['1 + ?', 'cannot be read from “?” on'],
    [`${'('.repeat(100)}1`, 'levels deep'],
  ])('%s is refused with the reason', (text, reason) =>
    expect(() => calculate(text, (name) => (name === 'A' ? [] : undefined))).toThrow(reason),
  );
});

describe('expressions over queries', () => {
  it('pair a series without labels with each of the others, at the times that both have', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    const frames = run({ refId: 'C', type: 'math', expression: '$A / ${B}' });
    expect(shown(frames, 'C')).toEqual([
      ['{job="x"}', [10, 30], [0.1, 1.5]],
      ['{job="y"}', [10, 30], [0.4, 3]],
    ]);
  });

  it('pair by labels, and leave out what has no partner', () => {
    const frames = run({ refId: 'C', type: 'math', expression: '$A * $N' });
    expect(shown(frames, 'C')).toEqual([['{job="y"}', [10, 20, 30], [32, null, 48]]]);
  });

  it('reduce, and are taken by others in whichever order they stand', () => {
    const frames = run(
      { refId: 'D', type: 'math', expression: '$C * 10' },
      { refId: 'C', type: 'reduce', expression: 'A', reducer: 'max' },
    );
    expect(shown(frames, 'D')).toEqual([
      ['{job="x"}', [40], [30]],
      ['{job="y"}', [40], [Number.NaN]],
    ]);
  });

  it.each([
    ['dropNN', 5],
    ['replaceNN', 3],
  ])('reduce without what is no number: %s', (mode, mean) => {
    const settings = { mode, replaceWithValue: -1 };
    const frames = run({ refId: 'C', type: 'reduce', expression: '$A', reducer: 'mean', settings });
    expect(frames.get('C')?.[1]?.fields[1]?.values).toEqual([mean]);
  });

  it('resample, and fill gaps', () => {
    const json = { type: 'resample', expression: 'B', window: '10ms', downsampler: 'last' };
    const frames = run(
      { refId: 'C', ...json, upsampler: 'pad' },
      { refId: 'D', ...json, upsampler: 'fillna' },
    );
    expect(shown(frames, 'C')).toEqual([['C', [0, 10, 20, 30, 40], [null, 10, 10, 2, 2]]]);
    expect(frames.get('D')?.[0]?.fields[1]?.values).toEqual([null, 10, null, 2, null]);
  });

  it('judge by a threshold', () => {
    const conditions = [{ evaluator: { type: 'within_range', params: [1, 3] } }];
    const frames = run({ refId: 'C', type: 'threshold', expression: 'A', conditions });
    expect(shown(frames, 'C')?.[0]).toEqual(['{job="x"}', [10, 20, 30], [0, 1, 0]]);
  });

  it.each<[TargetJson, string]>([
    [{ refId: 'C', type: 'sql', expression: 'SELECT 1' }, 'expressions of the type “sql”'],
    [{ refId: 'C', type: 'math', expression: '$C + 1' }, '$C depends on itself'],
    [{ refId: 'C', type: 'reduce', expression: 'Z' }, 'expression C: the panel has no query $Z'],
    [{ refId: 'C', type: 'resample', expression: 'A', window: 'soon' }, 'is not a time window'],
  ])('%j says what is wrong', (target, reason) => expect(() => run(target)).toThrow(reason));

  it('name the queries that they need', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    expect(neededBy({ type: 'math', expression: '$A + ${B} * 2' })).toEqual(['A', 'B']);
    expect(neededBy({ type: 'reduce', expression: '$A' })).toEqual(['A']);
  });
});
