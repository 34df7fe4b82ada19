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
  annotations?: { list?: AnnotationJson[] };
  links?: LinkJson[];
  /** Of an exported dashboard: what whoever imports it has to choose, and the library panels that it uses. */
  __inputs?: { name: string; type: string; pluginId?: string; value?: string }[];
  __elements?: Record<string, { name?: string; model?: PanelJson }>;
}

/** A query whose answers are marked in every graph of the dashboard. */
export interface AnnotationJson {
  name: string;
  enable?: boolean;
  hide?: boolean;
  builtIn?: number;
  type?: string;
  iconColor?: string;
  datasource?: DataSourceRef;
  expr?: string;
  target?: { expr?: string };
  step?: string;
  titleFormat?: string;
  textFormat?: string;
  /** The value of a sample is the event's time. */
  useValueForTime?: boolean | string;
}

/** A link above a dashboard: to an address, or to the dashboards of some tags. */
export interface LinkJson {
  title?: string;
  type?: string;
  url?: string;
  tags?: string[];
  tooltip?: string;
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
  /** Old dashboards widen the step by it. */
  intervalFactor?: number;
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
  /** The panel's definition is kept in Grafana's library; the dashboard has its name alone. */
  libraryPanel?: { name?: string; uid?: string };
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
  /** Of an interval: whether it may follow the time range, in how many parts, and its least length. */
  auto?: boolean;
  auto_count?: number;
  auto_min?: string;
  /** 0 as asked, 1 and 2 by name, 3 and 4 by number, 5 to 8 as these without regard of case; even is downwards. */
  sort?: number;
  /** Of an ad-hoc variable: the filters that were stored. */
  filters?: { key: string; operator: string; value: string }[];
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

/** What is added to an id that another panel has already. */
const DOUBLE = 1_000_000;

const DEFAULT_POS: GridPos = { x: 0, y: 0, w: 12, h: 8 };

/** Puts a dashboard's panels under their rows, in reading order, whichever age its JSON has. */
export function sections(dashboard: DashboardJson): Section[] {
  const panels = dashboard.panels?.length ? dashboard.panels : fromRows(dashboard);
  const taken = new Set<number>();
  const place = (panel: PanelJson, fallback: number): PlacedPanel => {
    // Generated dashboards give several panels one id; links and tests need it to be one panel's own.
    let id = panel.id ?? fallback;
    while (taken.has(id)) id += DOUBLE;
    taken.add(id);
    return { ...panel, id, gridPos: { ...DEFAULT_POS, ...panel.gridPos } };
  };
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
