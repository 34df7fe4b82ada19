/** Grafana's dashboard JSON, as far as the page draws it. Unknown keys are kept out, unknown values survive. */
import type { Scope } from './interpolate';

export interface DashboardJson {
  uid?: string;
  title?: string;
  description?: string;
  tags?: string[];
  refresh?: string | boolean;
  time?: { from: string; to: string };
  graphTooltip?: number;
  panels?: PanelJson[];
  /** Dashboards of old kept their panels in rows. */
  rows?: {
    title?: string;
    collapse?: boolean;
    height?: string | number;
    panels?: (PanelJson & { span?: number })[];
  }[];
  templating?: { list?: VariableJson[] };
}

export interface GridPos {
  x: number;
  y: number;
  w: number;
  h: number;
}

export type DataSourceRef = string | { type?: string; uid?: string } | null;

export interface TargetJson {
  refId?: string;
  datasource?: DataSourceRef;
  expr?: string;
  query?: string;
  queryType?: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
  exemplar?: boolean;
  format?: string;
  hide?: boolean;
  interval?: string;
  limit?: number;
  maxLines?: number;
}

export interface PanelJson {
  id?: number;
  type: string;
  title?: string;
  description?: string;
  datasource?: DataSourceRef;
  gridPos?: GridPos;
  targets?: TargetJson[];
  fieldConfig?: { defaults?: FieldConfigJson; overrides?: OverrideJson[] };
  options?: Record<string, unknown>;
  transformations?: { id: string; disabled?: boolean; options?: Record<string, unknown> }[];
  collapsed?: boolean;
  panels?: PanelJson[];
  interval?: string;
  maxDataPoints?: number;
  timeFrom?: string;
  timeShift?: string;
  repeat?: string;
  repeatDirection?: 'h' | 'v';
  maxPerRow?: number;
}

export interface ThresholdsJson {
  mode?: 'absolute' | 'percentage';
  steps?: { color: string; value: number | null }[];
}

export type MappingJson =
  | { type: 'value'; options: Record<string, MappingResult> }
  | { type: 'range'; options: { from: number | null; to: number | null; result: MappingResult } }
  | { type: 'regex'; options: { pattern: string; result: MappingResult } }
  | { type: 'special'; options: { match: string; result: MappingResult } };

export interface MappingResult {
  text?: string;
  color?: string;
}

export interface FieldConfigJson {
  unit?: string;
  decimals?: number;
  min?: number;
  max?: number;
  displayName?: string;
  noValue?: string;
  color?: { mode?: string; fixedColor?: string };
  thresholds?: ThresholdsJson;
  mappings?: MappingJson[];
  custom?: Record<string, unknown>;
}

export interface OverrideJson {
  matcher: { id: string; options?: unknown };
  properties?: { id: string; value?: unknown }[];
}

export interface VariableJson {
  name: string;
  type: string;
  label?: string;
  hide?: number;
  query?: unknown;
  definition?: string;
  regex?: string;
  current?: { text?: unknown; value?: unknown };
  options?: { text: string; value: string; selected?: boolean }[];
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string | null;
  datasource?: DataSourceRef;
  auto?: boolean;
}

/** A row with what stands under it; panels before the first row stand under one without a title. */
export interface Section {
  id: number;
  title: string;
  collapsed: boolean;
  /** The variable for whose values the row is repeated. */
  repeat?: string | undefined;
  panels: PlacedPanel[];
  /** In a copy: the value that it stands for. */
  scopedVars?: Scope;
}

/** A panel whose id and place are known. */
export interface PlacedPanel extends PanelJson {
  id: number;
  gridPos: GridPos;
  /** In a copy: the value that it stands for. */
  scopedVars?: Scope;
}

const DEFAULT_POS: GridPos = { x: 0, y: 0, w: 12, h: 8 };

/** Puts a dashboard's panels under their rows, in reading order, whichever age its JSON has. */
export function sections(dashboard: DashboardJson): Section[] {
  const panels = dashboard.panels?.length ? dashboard.panels : fromRows(dashboard);
  const ordered = panels.map((panel, at) => place(panel, at + 1)).sort(byPlace);
  const result: Section[] = [];
  for (const panel of ordered) {
    if (panel.type === 'row') {
      const inside = (panel.panels ?? []).map((one, at) => place(one, panel.id * 1000 + at));
      result.push({
        id: panel.id,
        title: panel.title ?? '',
        collapsed: panel.collapsed ?? false,
        repeat: panel.repeat,
        panels: inside.sort(byPlace),
      });
      continue;
    }
    let section = result.at(-1);
    if (!section) {
      section = { id: 0, title: '', collapsed: false, panels: [] };
      result.push(section);
    }
    section.panels.push(panel);
  }
  return result;
}

/** Every panel that draws something, those in collapsed rows too. */
export function allPanels(dashboard: DashboardJson): PlacedPanel[] {
  return sections(dashboard).flatMap((section) => section.panels);
}

/** The uid of a data source reference; old dashboards name it, new ones carry an object. */
export function dataSourceUid(reference: DataSourceRef | undefined): string | undefined {
  if (typeof reference === 'string') return reference;
  return reference?.uid ?? reference?.type ?? undefined;
}

function place(panel: PanelJson, fallbackId: number): PlacedPanel {
  return { ...panel, id: panel.id ?? fallbackId, gridPos: { ...DEFAULT_POS, ...panel.gridPos } };
}

function byPlace(a: PlacedPanel, b: PlacedPanel): number {
  return a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x;
}

/** Lays out the rows of dashboards before Grafana 5: twelve columns, heights in pixels. */
function fromRows(dashboard: DashboardJson): PanelJson[] {
  let y = 0;
  return (dashboard.rows ?? []).flatMap((row, at) => {
    const h = Math.max(3, Math.round((Number.parseInt(String(row.height ?? 250), 10) || 250) / 38));
    const header: PanelJson = {
      id: 100_000 + at,
      type: 'row',
      title: row.title ?? '',
      gridPos: { x: 0, y, w: 24, h: 1 },
    };
    let x = 0;
    y += 1;
    const panels = (row.panels ?? []).map((panel) => {
      const w = (panel.span ?? 12) * 2;
      if (x + w > 24) {
        x = 0;
        y += h;
      }
      const placed = { ...panel, gridPos: { x, y, w, h } };
      x += w;
      return placed;
    });
    y += h;
    return row.collapse ? [{ ...header, collapsed: true, panels }] : [header, ...panels];
  });
}
