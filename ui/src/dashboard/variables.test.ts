import { describe, expect, it } from 'vitest';
import { compact } from './layout';
import { repeat } from './repeat';
import { parseVariableQuery } from './variableQuery';
import { choose, filtered, splitCustom } from './variables';

describe('variable queries', () => {
  it.each([
    ['label_values(job)', { kind: 'values', label: 'job' }],
    [
      'label_values(up{job="a", x=~"b,c"}, instance)',
      { kind: 'values', label: 'instance', selector: 'up{job="a", x=~"b,c"}' },
    ],
    ['label_values({a="b,c"})', { kind: 'values', label: '{a="b,c"}' }],
    ['label_names()', { kind: 'names' }],
    ['metrics(^go_)', { kind: 'metrics', pattern: '^go_' }],
    ['query_result(topk(5, up))', { kind: 'result', expr: 'topk(5, up)' }],
    ['sum(up)', { kind: 'result', expr: 'sum(up)' }],
  ])('%s', (text, expected) => expect(parseVariableQuery(text)).toEqual(expected));

  it('are read from what the editors store', () => {
    expect(parseVariableQuery({ query: 'label_values(up, job)', refId: 'x' })).toEqual({
      kind: 'values',
      label: 'job',
      selector: 'up',
    });
    expect(parseVariableQuery({ label: 'level', stream: '{job="a"}', type: 1 })).toEqual({
      kind: 'values',
      label: 'level',
      selector: '{job="a"}',
    });
  });
});

describe('choices', () => {
  it('are filtered and cut by a regex', () => {
    expect(filtered(['b:9100', 'a:9100', 'c:1'], '/(.*):9100/')).toEqual([
      { text: 'a', value: 'a' },
      { text: 'b', value: 'b' },
    ]);
  });
  it('of a list may have names', () => {
    expect(splitCustom('5m, One hour : 1h, a\\,b')).toEqual([
      { text: '5m', value: '5m' },
      { text: 'One hour', value: '1h' },
      { text: 'a,b', value: 'a,b' },
    ]);
  });

  const choices = ['x', 'y'].map((value) => ({ text: value, value }));
  it.each([
    ['the address wins', { current: { value: 'x' } }, ['y'], { values: ['y'] }],
    ['what was stored', { current: { value: 'y' } }, undefined, { values: ['y'] }],
    ['a stored value that is gone', { current: { value: 'z' } }, undefined, { values: ['x'] }],
    ['one only', { multi: false }, ['x', 'y'], { values: ['x'] }],
    ['several', { multi: true }, ['x', 'y'], { values: ['x', 'y'], multi: true }],
    [
      'all',
      { includeAll: true, allValue: '.*' },
      ['$__all'],
      { values: ['x', 'y'], all: true, multi: true, allValue: '.*' },
    ],
  ])('%s', (_, json, chosen, expected) => expect(choose(json, choices, chosen)).toEqual(expected));
});

describe('repeat', () => {
  const panel = { type: 'stat', id: 2, repeat: 'v', gridPos: { x: 0, y: 1, w: 24, h: 4 }, maxPerRow: 2 };
  const below = { type: 'stat', id: 3, gridPos: { x: 0, y: 5, w: 24, h: 4 } };
  const section = { id: 1, title: '', collapsed: false, panels: [panel, below] };
  it('makes a copy for each value and moves the rest down', () => {
    const [only] = repeat([section], { v: { values: ['a', 'b', 'c'] } });
    expect(
      only?.panels.map(({ gridPos: { x, y, w }, scopedVars }) => [x, y, w, scopedVars?.v?.values[0]]),
    ).toEqual([
      [0, 1, 12, 'a'],
      [12, 1, 12, 'b'],
      [0, 5, 12, 'c'],
      [0, 9, 24, undefined],
    ]);
  });
});

describe('the grid', () => {
  const at = (id: number, x: number, y: number, w: number, h: number) => {
    return { type: 'stat', id, gridPos: { x, y, w, h } };
  };
  it('has no gaps, whatever was stored', () => {
    const placed = compact([
      at(3, 0, 460, 24, 4),
      at(1, 0, 22, 12, 8),
      at(2, 12, 22, 12, 4),
      at(4, 12, 30, 12, 2),
    ]);
    expect(placed.map(({ id, gridPos: { x, y } }) => [id, x, y])).toEqual([
      [1, 0, 0],
      [2, 12, 0],
      [4, 12, 4],
      [3, 0, 8],
    ]);
  });
});
