import { describe, expect, it } from 'vitest';
import { seriesFrame } from '../lib/frame';
import { filtersOf, withFilters, writeFilter } from './adhoc';
import { annotationsOf, ofNote, ofSeries } from './annotations';
import { describeSource, sourceOf } from './sources';

const filter = { key: 'job', operator: '=~', value: 'a|b' };

describe('ad-hoc filters', () => {
  it.each([
    ['prometheus', 'up', 'up{job=~"a|b"}'],
    [
      'prometheus',
      'sum by (x) (rate(a{}[5m])) / b{c="d",}',
      'sum by (x) (rate(a{job=~"a|b"}[5m])) / b{c="d",job=~"a|b"}',
    ],
    ['prometheus', '{__name__="up"}', '{__name__="up",job=~"a|b"}'],
    ['loki', 'sum(rate({a="}"} |= "x" [1m]))', 'sum(rate({a="}",job=~"a|b"} |= "x" [1m]))'],
    ['tempo', '{ }', '{ }'],
  ])('stand in the selectors of %s: %s', async (language, query, expected) => {
    expect(await withFilters(query, language, [filter])).toBe(expected);
    expect(await withFilters(query, language, [])).toBe(query);
  });
  it('are written into the address and read from it', () => {
    const json = { name: 'f', type: 'adhoc', filters: [{ key: 'old', operator: '=', value: '1' }] };
    expect(filtersOf(json, [writeFilter(filter)])).toEqual([filter]);
    expect(filtersOf(json, undefined)).toEqual(json.filters);
    expect(filtersOf(json, [''])).toEqual([]);
    expect(filtersOf(json, ['a|;drop|b'])).toEqual([]);
  });
});

describe('annotations', () => {
  it('shows what people noted on every dashboard, once', () => {
    const asking = { name: 'Deploys', expr: 'x' };
    const own = { name: 'Notes', builtIn: 1, type: 'dashboard' };
    const of = (list: (typeof asking | typeof own)[]) =>
      annotationsOf({ uid: 'a', title: 'A', annotations: { list } } as never).map(({ name }) => name);
    expect(of([asking])).toEqual(['Annotations & Alerts', 'Deploys']);
    expect(of([own, asking])).toEqual(['Notes', 'Deploys']);
  });

  it('marks a note in its panel, or in all', () => {
    const note = { dashboardUID: null, panelId: 3, time: 1, timeEnd: 2, text: 'deployed', tags: ['v2'] };
    expect(ofNote(note, 'red')).toMatchObject({ name: 'deployed', from: 1, to: 2, tags: ['v2'], panelId: 3 });
    expect(ofNote({ ...note, panelId: 0 }, 'red')).not.toHaveProperty('panelId');
  });

  const json = { name: 'Deploy', titleFormat: '{{ job }} went out', iconColor: 'red' };
  it('join samples that follow each other and leave zeros out', () => {
    const frame = seriesFrame('A', '', { job: 'web' }, [0, 60, 120, 180, 600], [1, 1, 0, 1, 1]);
    const marks = ofSeries(json, frame, 60, 'red');
    expect(marks.map(({ name, from, to }) => [name, from, to])).toEqual([
      ['web went out', 0, 60],
      ['web went out', 180, 180],
      ['web went out', 600, 600],
    ]);
  });
  it('may carry their time as their value', () => {
    const frame = seriesFrame('A', '', {}, [0, 60], [5000, 5000]);
    const marks = ofSeries({ ...json, useValueForTime: 'on' }, frame, 60, 'red');
    expect(marks.map(({ from, to }) => [from, to])).toEqual([[5000, 5000]]);
  });
});

describe('data sources', () => {
  const source = (type: string, isDefault = false) => {
    return { uid: type, name: type[0]?.toUpperCase() + type.slice(1), type, isDefault };
  };
  const sources = [source('prometheus', true), source('loki')];
  const found = (reference: Parameters<typeof sourceOf>[0], scope = {}) =>
    sourceOf(reference, { scope, sources })?.uid;
  it.each([
    ['no reference', undefined, 'prometheus'],
    ['a uid', { uid: 'loki' }, 'loki'],
    ['a foreign uid of a known type', { uid: 'PBFA97CFB590B2093', type: 'loki' }, 'loki'],
    ['a name', 'Loki', 'loki'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    ['a variable nobody knows', '${DS_X}', 'prometheus'],
    ['a foreign type', { uid: 'x', type: 'influxdb' }, undefined],
    ['an expression', { uid: '__expr__', type: '__expr__' }, undefined],
    ['another panel', '-- Dashboard --', undefined],
  ])('by %s', (_, reference, uid) => expect(found(reference)).toBe(uid));
  it('by a variable', () => expect(found('$ds', { ds: { values: ['loki'] } })).toBe('loki'));
  it('that are missing are named', () => {
    expect(describeSource({ uid: 'x', type: 'influxdb' }, {})).toContain('“x” of type influxdb');
    expect(describeSource('-- Grafana --', {})).toContain('has no counterpart');
  });
});
