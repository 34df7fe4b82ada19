import { describe, expect, it } from 'vitest';
import type { DashboardJson } from '../../../lib/dashboardJson';
import { sections } from '../../model';
import { readDashboard, survey } from '../../survey';
import { modern } from '../modern';

const query = (expr: string) => ({
  kind: 'DataQuery',
  group: 'prometheus',
  version: 'v0',
  datasource: { name: 'prom-1' },
  spec: { expr, legendFormat: '{{job}}' },
});

const element = (id: number, title: string, expr: string) => ({
  kind: 'Panel',
  spec: {
    id,
    title,
    data: {
      kind: 'QueryGroup',
      spec: {
        queries: [{ kind: 'PanelQuery', spec: { refId: 'A', hidden: false, query: query(expr) } }],
        transformations: [{ kind: 'Transformation', group: 'limit', spec: { options: { limitField: 3 } } }],
        queryOptions: { timeFrom: '1h', maxDataPoints: 100 },
      },
    },
    vizConfig: {
      kind: 'VizConfig',
      group: 'timeseries',
      version: '12.0.0',
      spec: { options: { legend: {} }, fieldConfig: { defaults: { unit: 's' }, overrides: [] } },
    },
  },
});

const item = (name: string, x: number, y: number) => ({
  kind: 'GridLayoutItem',
  spec: { x, y, width: 12, height: 8, element: { kind: 'ElementReference', name } },
});

const grid = (...items: object[]) => ({ kind: 'GridLayout', spec: { items } });

const board = (layout: object, more: object = {}) =>
  ({
    title: 'Two',
    tags: ['v2'],
    cursorSync: 'Crosshair',
    timeSettings: { from: 'now-6h', to: 'now', autoRefresh: '30s' },
    elements: { one: element(1, 'First', 'up'), two: element(2, 'Second', 'rate(x[1m])') },
    layout,
    ...more,
  }) as unknown as DashboardJson;

describe('a dashboard of the second schema', () => {
  it('has its panels on the grid, with queries, transformations and settings', () => {
    const { panels, time, refresh, graphTooltip } = modern(
      board(grid(item('one', 0, 0), item('two', 12, 0))),
    );
    expect([time, refresh, graphTooltip]).toEqual([{ from: 'now-6h', to: 'now' }, '30s', 1]);
    expect(panels?.map(({ id, type, gridPos }) => [id, type, gridPos])).toEqual([
      [1, 'timeseries', { x: 0, y: 0, w: 12, h: 8 }],
      [2, 'timeseries', { x: 12, y: 0, w: 12, h: 8 }],
    ]);
    expect(panels?.[0]).toMatchObject({
      timeFrom: '1h',
      maxDataPoints: 100,
      fieldConfig: { defaults: { unit: 's' } },
      transformations: [{ id: 'limit', options: { limitField: 3 } }],
      targets: [{ refId: 'A', expr: 'up', datasource: { type: 'prometheus', uid: 'prom-1' } }],
    });
  });

  it('has rows, closed ones and repeated ones too', () => {
    const rows = [
      { kind: 'RowsLayoutRow', spec: { title: 'Open', layout: grid(item('one', 0, 0)) } },
      {
        kind: 'RowsLayoutRow',
        spec: {
          title: 'Closed',
          collapse: true,
          repeat: { mode: 'variable', value: 'job' },
          layout: grid(item('two', 0, 0)),
        },
      },
    ];
    const shown = sections(modern(board({ kind: 'RowsLayout', spec: { rows } })));
    expect(
      shown.map(({ title, collapsed, repeat, panels }) => [title, collapsed, repeat, panels.length]),
    ).toEqual([
      ['Open', false, undefined, 1],
      ['Closed', true, 'job', 1],
    ]);
  });

  it('has tabs as rows, under the titles of what is around them', () => {
    const rows = [{ kind: 'RowsLayoutRow', spec: { title: 'Row', layout: grid(item('one', 0, 0)) } }];
    const tabs = [
      { kind: 'TabsLayoutTab', spec: { title: 'Tab', layout: { kind: 'RowsLayout', spec: { rows } } } },
      { kind: 'TabsLayoutTab', spec: { title: 'Other', layout: grid(item('two', 0, 0)) } },
    ];
    const shown = sections(modern(board({ kind: 'TabsLayout', spec: { tabs } })));
    expect(shown.map(({ title, panels }) => [title, panels.map((panel) => panel.title)])).toEqual([
      ['Tab / Row', ['First']],
      ['Other', ['Second']],
    ]);
  });

  it('fills an automatic grid from left to right', () => {
    const items = ['one', 'two', 'one'].map((name) => ({
      kind: 'AutoGridLayoutItem',
      spec: { element: { kind: 'ElementReference', name } },
    }));
    const { panels } = modern(
      board({ kind: 'AutoGridLayout', spec: { maxColumnCount: 2, rowHeightMode: 'short', items } }),
    );
    expect(panels?.map(({ gridPos }) => gridPos)).toEqual([
      { x: 0, y: 0, w: 12, h: 5 },
      { x: 12, y: 0, w: 12, h: 5 },
      { x: 0, y: 5, w: 12, h: 5 },
    ]);
  });

  it('has variables and annotations', () => {
    const variables = [
      {
        kind: 'QueryVariable',
        spec: {
          name: 'job',
          hide: 'hideLabel',
          sort: 'alphabeticalDesc',
          multi: true,
          query: { ...query(''), spec: { __legacyStringValue: 'label_values(up, job)' } },
        },
      },
      { kind: 'DatasourceVariable', spec: { name: 'ds', pluginId: 'loki' } },
      { kind: 'SwitchVariable', spec: { name: 'on', enabledValue: '1', disabledValue: '0' } },
      {
        kind: 'AdhocVariable',
        group: 'prometheus',
        datasource: { name: 'p' },
        spec: { name: 'f', filters: [] },
      },
    ];
    const annotations = [
      {
        kind: 'AnnotationQuery',
        spec: { name: 'Deploys', enable: true, iconColor: 'red', query: query('changes(x[1m])') },
      },
    ];
    const { templating, annotations: marks } = modern(board(grid(), { variables, annotations }));
    expect(templating?.list).toMatchObject([
      {
        name: 'job',
        type: 'query',
        hide: 1,
        sort: 2,
        multi: true,
        query: 'label_values(up, job)',
        datasource: { type: 'prometheus', uid: 'prom-1' },
      },
      { name: 'ds', type: 'datasource', query: 'loki' },
      { name: 'on', type: 'custom', query: '1, 0' },
      { name: 'f', type: 'adhoc', datasource: { type: 'prometheus', uid: 'p' } },
    ]);
    expect(marks?.list).toMatchObject([{ name: 'Deploys', expr: 'changes(x[1m])', iconColor: 'red' }]);
  });

  it('of the first drafts named its plugins by their kinds', () => {
    const elements = {
      one: {
        kind: 'Panel',
        spec: {
          id: 7,
          data: {
            kind: 'QueryGroup',
            spec: {
              queries: [
                {
                  kind: 'PanelQuery',
                  spec: {
                    refId: 'A',
                    hidden: true,
                    datasource: { type: 'loki', uid: 'l' },
                    query: { kind: 'loki', spec: { expr: '{a="b"}' } },
                  },
                },
              ],
              transformations: [{ kind: 'reduce', spec: { id: 'reduce', options: {} } }],
              queryOptions: {},
            },
          },
          vizConfig: { kind: 'logs', spec: { pluginVersion: '11', options: {}, fieldConfig: {} } },
        },
      },
    };
    expect(modern(board(grid(item('one', 0, 0)), { elements })).panels).toMatchObject([
      {
        id: 7,
        type: 'logs',
        transformations: [{ id: 'reduce' }],
        targets: [{ refId: 'A', hide: true, expr: '{a="b"}', datasource: { type: 'loki', uid: 'l' } }],
      },
    ]);
  });

  it('is surveyed as a resource and as its bare spec', () => {
    const spec = board(grid(item('one', 0, 0)));
    for (const json of [spec, { apiVersion: 'dashboard.grafana.app/v2', metadata: { name: 'n' }, spec }]) {
      const { title, panels, types } = survey(readDashboard(JSON.stringify(json)));
      expect([title, panels, types]).toEqual(['Two', 1, [['timeseries', 1]]]);
    }
  });
});

it('a panel that shares the queries of another gets them, with their data source', () => {
  const json: DashboardJson = {
    panels: [
      { id: 1, type: 'timeseries', datasource: { uid: 'loki' }, targets: [{ refId: 'A', expr: 'x' }] },
      { id: 2, type: 'stat', targets: [{ refId: 'A', datasource: { uid: '-- Dashboard --' }, panelId: 1 }] },
      { id: 3, type: 'stat', targets: [{ refId: 'A', datasource: { uid: '-- Dashboard --' }, panelId: 9 }] },
    ],
  };
  const targets = modern(json).panels?.map((panel) => panel.targets);
  expect(targets?.[1]).toEqual([{ refId: 'A', expr: 'x', datasource: { uid: 'loki' } }]);
  expect(targets?.[2]).toEqual([{ refId: 'A', datasource: { uid: '-- Dashboard --' }, panelId: 9 }]);
});
