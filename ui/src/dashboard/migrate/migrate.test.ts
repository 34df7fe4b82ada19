import { describe, expect, it } from 'vitest';
import type { PanelJson } from '../../lib/dashboardJson';
import { modern } from './modern';

/** A panel of old as the page draws it today. */
function renewed(panel: object): PanelJson | undefined {
  return modern({ panels: [panel as PanelJson] }).panels?.[0];
}

describe('a graph', () => {
  it('becomes a time series with its axes, stacks and thresholds', () => {
    const panel = renewed({
      type: 'graph',
      fill: 3,
      stack: true,
      percentage: true,
      yaxes: [{ format: 'bytes', min: '0', label: 'memory', logBase: 10 }, { format: 's' }],
      thresholds: [{ value: 5, op: 'gt', colorMode: 'critical', line: true, fill: false }],
      legend: { show: true, values: true, avg: true, current: true, alignAsTable: true, rightSide: true },
    });
    expect(panel?.type).toBe('timeseries');
    expect(panel?.fieldConfig?.defaults).toMatchObject({
      unit: 'bytes',
      min: 0,
      thresholds: {
        steps: [
          { color: 'transparent', value: null },
          { color: 'red', value: 5 },
        ],
      },
      custom: {
        fillOpacity: 30,
        axisLabel: 'memory',
        scaleDistribution: { type: 'log', log: 10 },
        stacking: { mode: 'percent' },
        thresholdsStyle: { mode: 'line' },
      },
    });
    expect(panel?.options?.legend).toEqual({
      showLegend: true,
      displayMode: 'table',
      placement: 'right',
      calcs: ['mean', 'lastNotNull'],
    });
  });

  it('keeps what single series are told', () => {
    const panel = renewed({
      type: 'graph',
      aliasColors: { a: '#fff' },
      seriesOverrides: [{ alias: '/err/', yaxis: 2, transform: 'negative-Y', stack: false }],
      yaxes: [{ format: 'short' }, { format: 's', max: 9 }],
    });
    expect(panel?.fieldConfig?.overrides).toEqual([
      {
        matcher: { id: 'byName', options: 'a' },
        properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: '#fff' } }],
      },
      {
        matcher: { id: 'byRegexp', options: '/err/' },
        properties: [
          { id: 'custom.transform', value: 'negative-Y' },
          { id: 'custom.stacking', value: { group: 'A', mode: 'none' } },
          { id: 'custom.axisPlacement', value: 'right' },
          { id: 'unit', value: 's' },
          { id: 'max', value: 9 },
        ],
      },
    ]);
  });

  it.each([
    ['histogram', 'histogram'],
    ['series', 'barchart'],
    ['time', 'timeseries'],
  ])('with an x axis of %s is a %s', (mode, type) =>
    expect(renewed({ type: 'graph', xaxis: { mode } })?.type).toBe(type),
  );

  it('with a threshold below turns its colours over', () => {
    const panel = renewed({
      type: 'graph',
      thresholds: [{ value: 1, op: 'lt', colorMode: 'warning', fill: true }],
    });
    expect(panel?.fieldConfig?.defaults?.thresholds?.steps).toEqual([
      { color: 'orange', value: null },
      { color: 'transparent', value: 1 },
    ]);
  });
});

describe('a single stat', () => {
  it('becomes a stat, or a gauge', () => {
    const old = { type: 'singlestat', format: 'percent', thresholds: '85,95', colors: ['g', 'o', 'r'] };
    const stat = renewed({ ...old, valueName: 'current', sparkline: { show: true }, colorBackground: true });
    expect(stat).toMatchObject({
      type: 'stat',
      fieldConfig: {
        defaults: {
          unit: 'percent',
          thresholds: {
            steps: [
              { color: 'g', value: null },
              { color: 'o', value: 85 },
              { color: 'r', value: 95 },
            ],
          },
        },
      },
      options: { graphMode: 'area', colorMode: 'background', reduceOptions: { calcs: ['lastNotNull'] } },
    });
    const gauge = renewed({ ...old, gauge: { show: true, minValue: 0, maxValue: 200 } });
    expect(gauge).toMatchObject({ type: 'gauge', fieldConfig: { defaults: { min: 0, max: 200 } } });
  });

  it('keeps its texts for values', () => {
    const panel = renewed({ type: 'singlestat', mappingType: 1, valueMaps: [{ value: '1', text: 'up' }] });
    expect(panel?.fieldConfig?.defaults?.mappings).toEqual([
      { type: 'value', options: { '1': { text: 'up' } } },
    ]);
  });
});

describe('a table', () => {
  it('of old lets the first style of a column win', () => {
    const panel = renewed({
      type: 'table',
      styles: [
        { pattern: 'Value', type: 'number', unit: 's', alias: 'Took' },
        { pattern: '/.*/', type: 'number', unit: 'short' },
        { pattern: 'Time', type: 'hidden' },
      ],
      transform: 'timeseries_aggregations',
      columns: [{ value: 'avg' }],
    });
    expect(panel?.fieldConfig?.overrides?.map(({ matcher }) => matcher.options)).toEqual([
      'Time',
      '/.*/',
      'Value',
    ]);
    expect(panel?.transformations).toEqual([{ id: 'reduce', options: { reducers: ['mean'] } }]);
  });
});

describe('an exported dashboard', () => {
  it('has its inputs filled in and its library panels in place', () => {
    const { panels } = modern({
      __inputs: [
        { name: 'DS_P', type: 'datasource', pluginId: 'prometheus' },
        { name: 'VAR_X', type: 'constant', value: 'job' },
      ],
      __elements: { u: { model: { type: 'stat', targets: [{ expr: 'up' }] } } },
      panels: [
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
        { type: 'stat', datasource: '${DS_P}', title: '${VAR_X} ${other}' },
        { type: 'library-panel-ref', id: 7, libraryPanel: { uid: 'u', name: 'Up' } },
        { type: 'library-panel-ref', libraryPanel: { uid: 'away', name: 'Away' } },
      ],
    });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    expect(panels?.[0]).toMatchObject({ datasource: 'prometheus', title: 'job ${other}' });
    expect(panels?.[1]).toMatchObject({ type: 'stat', id: 7 });
    expect(panels?.[2]).toMatchObject({ type: 'library-panel', libraryPanel: { name: 'Away' } });
  });
});
