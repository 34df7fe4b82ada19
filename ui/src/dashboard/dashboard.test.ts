import { describe, expect, it } from 'vitest';
import type { DashboardJson } from '../lib/dashboardJson';
import { resolveRange, resolveTime } from '../lib/timeRange';
import { writtenDate } from './dateFormat';
import { interpolate } from './interpolate';
import { builtIns, stepFor } from './interval';
import { sections } from './model';

describe('interpolate', () => {
  const scope = {
    job: { values: ['a'] },
    many: { values: ['a.b', 'c'] },
    all: { values: ['x', 'y'], all: true, allValue: '.+' },
    nasty: { values: ["<b>&'"] },
    __from: { values: ['1767225600250'] },
  };
  it.each([
    ['up{job="$job"}', 'up{job="a"}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    ['${job}x [[job]]', 'ax a'],
    ['{job=~"$many"}', '{job=~"(a\\\\.b|c)"}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    ['${many:csv} ${many:pipe} ${many:json}', 'a.b,c a.b|c ["a.b","c"]'],
    ['{job=~"$all"}', '{job=~".+"}'],
    ['$unknown $1', '$unknown $1'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    ['${nasty:html} ${many:html}', '&lt;b&gt;&amp;&#39; a.b, c'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    ['${__from} ${__from:date} ${__from:date:seconds}', '1767225600250 2026-01-01T00:00:00.250Z 1767225600'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    ['${job:date}', ''],
  ])('%s becomes %s', (text, expected) => expect(interpolate(text, scope)).toBe(expected));
});

describe('dates', () => {
  const at = new Date(2026, 0, 5, 15, 4, 9, 7).getTime();
  it.each([
    ['YYYY-MM-DD HH:mm:ss.SSS', '2026-01-05 15:04:09.007'],
    ['D.M.YY h:mm A', '5.1.26 3:04 PM'],
    ['dddd, MMM D', 'Monday, Jan 5'],
    ['[week of] MMMM', 'week of January'],
    ['X', String(Math.floor(at / 1000))],
  ])('%s', (pattern, expected) => expect(writtenDate(at, pattern)).toBe(expected));
});

describe('interval', () => {
  const range = { from: 0, to: 900_000 };
  it('is never finer than a scrape', () => expect(stepFor(range, 1000)).toBe(5000));
  it('follows the width', () => expect(stepFor({ from: 0, to: 21_600_000 }, 500)).toBe(60_000));
  it('gives rate at least four scrapes', () =>
    expect(interpolate('[$__rate_interval] $__range', builtIns(range, 5000))).toBe('[20s] 900s'));
});

describe('time', () => {
  const now = Date.UTC(2026, 0, 15, 12, 30, 40);
  it('reads relative and absolute ends', () => {
    expect(resolveTime('now-15m', now)).toBe(now - 900_000);
    expect(resolveTime('1700000000000', now)).toBe(1_700_000_000_000);
    expect(resolveTime('2026-01-01T00:00:00Z', now)).toBe(Date.UTC(2026, 0, 1));
    expect(resolveTime('yesterday-ish', now)).toBeUndefined();
  });
  it('never gives an empty range', () => {
    const { from, to } = resolveRange({ from: 'now', to: 'now-1h' }, now);
    expect(from).toBeLessThan(to);
  });
});

describe('sections', () => {
  it('puts panels under their rows, whatever the order in the file', () => {
    const dashboard: DashboardJson = {
      panels: [
        { type: 'stat', id: 3, gridPos: { x: 0, y: 9, w: 6, h: 4 } },
        { type: 'row', id: 1, title: 'One', gridPos: { x: 0, y: 0, w: 24, h: 1 } },
        {
          type: 'row',
          id: 4,
          title: 'Two',
          collapsed: true,
          gridPos: { x: 0, y: 20, w: 24, h: 1 },
          panels: [{ type: 'text' }],
        },
        { type: 'timeseries', id: 2, gridPos: { x: 0, y: 1, w: 12, h: 8 } },
      ],
    };
    const result = sections(dashboard).map(({ title, collapsed, panels }) => [
      title,
      collapsed,
      panels.map((p) => p.type),
    ]);
    expect(result).toEqual([
      ['One', false, ['timeseries', 'stat']],
      ['Two', true, ['text']],
    ]);
  });

  it('lays out the rows of old dashboards', () => {
    const old: DashboardJson = {
      rows: [
        {
          title: 'Old',
          height: '250px',
          panels: [
            { type: 'graph', span: 6 },
            { type: 'graph', span: 6 },
          ],
        },
      ],
    };
    expect(sections(old)[0]?.panels.map(({ gridPos }) => gridPos.x)).toEqual([0, 12]);
  });
});
