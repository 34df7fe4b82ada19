/** The `graph` panel that Grafana had before `timeseries`: axes, overrides by alias, thresholds and legend of old. */
import type { FieldConfigJson, OverrideJson, PanelJson, ThresholdsJson } from '../../lib/dashboardJson';

interface Axis {
  format?: string;
  label?: string | null;
  logBase?: number;
  min?: string | number | null;
  max?: string | number | null;
  decimals?: number | null;
  show?: boolean;
}

interface SeriesOverride {
  alias?: string;
  color?: string;
  fill?: number;
  lines?: boolean;
  bars?: boolean;
  points?: boolean;
  linewidth?: number;
  stack?: boolean | string;
  yaxis?: number;
  transform?: string;
  dashes?: boolean;
  legend?: boolean;
  hideTooltip?: boolean;
  steppedLine?: boolean;
  nullPointMode?: string;
  fillBelowTo?: string;
}

interface Threshold {
  value?: number | null;
  op?: 'gt' | 'lt';
  colorMode?: string;
  fill?: boolean;
  line?: boolean;
  fillColor?: string;
  lineColor?: string;
}

interface Graph extends PanelJson {
  lines?: boolean;
  bars?: boolean;
  points?: boolean;
  fill?: number;
  linewidth?: number;
  pointradius?: number;
  dashes?: boolean;
  stack?: boolean;
  percentage?: boolean;
  steppedLine?: boolean;
  nullPointMode?: string;
  decimals?: number | null;
  aliasColors?: Record<string, string> | null;
  seriesOverrides?: SeriesOverride[] | null;
  thresholds?: Threshold[] | string | null;
  yaxes?: Axis[] | null;
  xaxis?: { mode?: string; buckets?: number | null } | null;
  legend?: Record<string, boolean | string | number | null> | null;
  tooltip?: { shared?: boolean; sort?: number } | null;
}

export function fromGraph(old: PanelJson): PanelJson {
  const graph = old as Graph;
  const mode = graph.xaxis?.mode;
  const type = mode === 'histogram' ? 'histogram' : mode === 'series' ? 'barchart' : 'timeseries';
  return {
    ...old,
    type,
    fieldConfig: {
      defaults: { ...defaultsOf(graph), ...keptDefaults(graph) },
      overrides: [
        ...colourOverrides(graph),
        ...(graph.seriesOverrides ?? []).map((one) => override(one, graph)),
        ...(old.fieldConfig?.overrides ?? []),
      ],
    },
    options: {
      legend: legendOf(graph),
      tooltip: {
        mode: graph.tooltip?.shared === false ? 'single' : 'multi',
        sort: ['none', 'asc', 'desc'][graph.tooltip?.sort ?? 0],
      },
      ...(mode === 'histogram' && graph.xaxis?.buckets ? { bucketCount: graph.xaxis.buckets } : {}),
    },
  };
}

/** Graphs of Grafana 7 and 8 kept links and sometimes a unit where all panels keep them today. */
function keptDefaults({ fieldConfig, yaxes }: Graph): FieldConfigJson {
  const { custom: _, unit, ...rest } = fieldConfig?.defaults ?? {};
  return { ...rest, ...(unit && !yaxes?.[0]?.format ? { unit } : {}) };
}

function defaultsOf(graph: Graph): FieldConfigJson {
  const [left] = graph.yaxes ?? [];
  const { lines = true, bars = false, points = false, fill = 1 } = graph;
  const thresholds = thresholdsOf(graph.thresholds);
  return {
    ...axisConfig(left),
    ...(typeof graph.decimals === 'number' && { decimals: graph.decimals }),
    color: { mode: 'palette-classic' },
    ...(thresholds && { thresholds: thresholds.steps }),
    custom: {
      ...axisCustom(left),
      drawStyle: bars ? 'bars' : lines ? 'line' : 'points',
      fillOpacity: bars ? 100 : Math.min(fill * 10, 100),
      lineWidth: graph.linewidth ?? 1,
      showPoints: points ? 'always' : 'never',
      pointSize: (graph.pointradius ?? 2) * 2,
      lineInterpolation: graph.steppedLine ? 'stepAfter' : 'linear',
      spanNulls: graph.nullPointMode === 'connected',
      ...(graph.dashes && { lineStyle: { fill: 'dash' } }),
      stacking: { group: 'A', mode: graph.stack ? (graph.percentage ? 'percent' : 'normal') : 'none' },
      ...(thresholds && { thresholdsStyle: { mode: thresholds.mode } }),
    },
  };
}

function axisConfig(axis: Axis | undefined): FieldConfigJson {
  const [min, max] = [bound(axis?.min), bound(axis?.max)];
  return {
    ...(axis?.format && { unit: axis.format }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(typeof axis?.decimals === 'number' && { decimals: axis.decimals }),
  };
}

function axisCustom(axis: Axis | undefined): Record<string, unknown> {
  return {
    ...(axis?.label && { axisLabel: axis.label }),
    ...(axis?.show === false && { axisPlacement: 'hidden' }),
    ...((axis?.logBase ?? 1) > 1 && { scaleDistribution: { type: 'log', log: axis?.logBase } }),
  };
}

function bound(value: string | number | null | undefined): number | undefined {
  const number = value === null || value === undefined || value === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function colourOverrides({ aliasColors }: Graph): OverrideJson[] {
  return Object.entries(aliasColors ?? {}).map(([name, fixedColor]) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
  }));
}

function override(one: SeriesOverride, graph: Graph): OverrideJson {
  const { alias = '' } = one;
  const properties: { id: string; value: unknown }[] = [];
  const set = (id: string, value: unknown) => properties.push({ id, value });
  if (one.color) set('color', { mode: 'fixed', fixedColor: one.color });
  if (one.fill !== undefined) set('custom.fillOpacity', Math.min(one.fill * 10, 100));
  if (one.bars) set('custom.drawStyle', 'bars');
  else if (one.lines === false && one.points) set('custom.drawStyle', 'points');
  else if (one.lines === false) set('custom.lineWidth', 0);
  else if (one.lines) set('custom.drawStyle', 'line');
  if (one.points !== undefined) set('custom.showPoints', one.points ? 'always' : 'never');
  if (one.linewidth !== undefined) set('custom.lineWidth', one.linewidth);
  if (one.steppedLine) set('custom.lineInterpolation', 'stepAfter');
  if (one.nullPointMode) set('custom.spanNulls', one.nullPointMode === 'connected');
  if (one.dashes) set('custom.lineStyle', { fill: 'dash' });
  if (one.transform) set('custom.transform', one.transform);
  if (one.fillBelowTo) set('custom.fillBelowTo', one.fillBelowTo);
  if (one.legend === false || one.hideTooltip)
    set('custom.hideFrom', { legend: one.legend === false, tooltip: one.hideTooltip ?? false, viz: false });
  if (one.stack !== undefined) {
    const group = typeof one.stack === 'string' ? one.stack : 'A';
    set('custom.stacking', { group, mode: one.stack ? 'normal' : 'none' });
  }
  if (one.yaxis === 2) {
    const right = graph.yaxes?.[1];
    set('custom.axisPlacement', right?.show === false ? 'hidden' : 'right');
    for (const [id, value] of Object.entries(axisConfig(right))) set(id, value);
    if (right?.label) set('custom.axisLabel', right.label);
  }
  const isPattern = /^\/.*\/[a-z]*$/s.test(alias);
  return { matcher: { id: isPattern ? 'byRegexp' : 'byName', options: alias }, properties };
}

const THRESHOLD_COLOURS: Readonly<Record<string, string>> = {
  critical: 'red',
  warning: 'orange',
  ok: 'green',
};

/** Old thresholds say on which side of a value a colour stands; today's say where one begins. */
function thresholdsOf(
  list: Threshold[] | string | null | undefined,
): { steps: ThresholdsJson; mode: string } | undefined {
  if (!Array.isArray(list)) return undefined;
  const known = list.filter((one): one is Threshold & { value: number } => typeof one.value === 'number');
  if (known.length === 0) return undefined;
  const colour = (one: Threshold) =>
    THRESHOLD_COLOURS[one.colorMode ?? 'critical'] ?? one.fillColor ?? one.lineColor ?? 'red';
  const steps: { color: string; value: number | null }[] = [{ color: 'transparent', value: null }];
  for (const one of [...known].sort((a, b) => a.value - b.value)) {
    if (one.op === 'lt') {
      const last = steps.at(-1);
      if (last) last.color = colour(one);
      steps.push({ color: 'transparent', value: one.value });
    } else steps.push({ color: colour(one), value: one.value });
  }
  const [line, area] = [known.some((one) => one.line), known.some((one) => one.fill)];
  return {
    steps: { mode: 'absolute', steps },
    mode: line && area ? 'line+area' : area ? 'area' : line ? 'line' : 'off',
  };
}

const CALCS: readonly [old: string, calc: string][] = [
  ['min', 'min'],
  ['max', 'max'],
  ['avg', 'mean'],
  ['current', 'lastNotNull'],
  ['total', 'sum'],
];

function legendOf({ legend }: Graph): Record<string, unknown> {
  const values = legend?.values !== false;
  return {
    showLegend: legend?.show !== false,
    displayMode: legend?.alignAsTable ? 'table' : 'list',
    placement: legend?.rightSide ? 'right' : 'bottom',
    calcs: values ? CALCS.filter(([old]) => legend?.[old]).map(([, calc]) => calc) : [],
    ...(typeof legend?.sort === 'string' && {
      sortBy: calcName(legend.sort),
      sortDesc: legend.sortDesc === true,
    }),
  };
}

function calcName(old: string): string | undefined {
  return CALCS.find(([name]) => name === old)?.[1];
}
