/**
 * Dashboards of any age as those of today: exported inputs are filled in, library panels that came along are put
 * in their place, panels that share the queries of another get them, and panel types that Grafana has retired become
 * the ones that replaced them. Those of the second schema become ones of the first.
 */
import type { DashboardJson, PanelJson } from '../../lib/dashboardJson';
import { fromFieldOptions } from './fieldOptions';
import { fromGraph } from './graph';
import { fromHeatmap } from './heatmap';
import { fromPie } from './pie';
import { withShared } from './shared';
import { fromSingleStat } from './singlestat';
import { fromTable, isOldTable } from './table';
import { fromV2, isV2 } from './v2/fromV2';

const RETIRED: Readonly<Record<string, (panel: PanelJson) => PanelJson>> = {
  graph: fromGraph,
  singlestat: fromSingleStat,
  'table-old': fromTable,
  table: (panel) => (isOldTable(panel) ? fromTable(panel) : panel),
  heatmap: fromHeatmap,
  text: fromText,
  'grafana-piechart-panel': fromPie,
  stat: fromFieldOptions,
  gauge: fromFieldOptions,
  bargauge: fromFieldOptions,
};

export function modern(dashboard: DashboardJson): DashboardJson {
  const filled = withShared(withInputs(isV2(dashboard) ? fromV2(dashboard) : dashboard));
  const renew = (panel: PanelJson): PanelJson => {
    const whole = withLibrary(panel, filled);
    const renewed = RETIRED[whole.type]?.(whole) ?? whole;
    return renewed.panels ? { ...renewed, panels: renewed.panels.map(renew) } : renewed;
  };
  return {
    ...filled,
    ...(filled.panels && { panels: filled.panels.map(renew) }),
    ...(filled.rows && {
      rows: filled.rows.map((row) => ({ ...row, ...(row.panels && { panels: row.panels.map(renew) }) })),
    }),
  };
}

/** `${DS_NAME}` becomes the type of the data source that was exported, `${VAR_NAME}` its value. */
function withInputs(dashboard: DashboardJson): DashboardJson {
  const known = new Map(
    (dashboard.__inputs ?? []).flatMap(({ name, type, pluginId, value }): [string, string][] => {
      const stands = type === 'datasource' ? pluginId : value;
      return stands === undefined ? [] : [[name, stands]];
    }),
  );
  if (known.size === 0) return dashboard;
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replace(/\$\{([^}:]+)\}/g, (whole, name: string) => known.get(name) ?? whole);
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
  };
  return fill(dashboard) as DashboardJson;
}

/** A library panel that the export brought along takes its reference's place. */
function withLibrary(panel: PanelJson, { __elements: elements }: DashboardJson): PanelJson {
  const { libraryPanel } = panel;
  if (!libraryPanel) return panel;
  const model = libraryPanel.uid === undefined ? undefined : elements?.[libraryPanel.uid]?.model;
  const { libraryPanel: _, ...own } = panel;
  if (model) return { ...model, ...own, type: model.type };
  // Some exporters write the panel out beside its reference.
  return panel.targets ? own : { ...panel, type: 'library-panel' };
}

/** Text panels kept their text beside their options. */
function fromText(panel: PanelJson): PanelJson {
  const { mode, content } = panel as { mode?: string; content?: string };
  return content === undefined || panel.options?.content !== undefined
    ? panel
    : { ...panel, options: { mode, content } };
}
