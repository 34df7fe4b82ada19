/** Grafana's dashboard JSON, as far as the page draws it. Unknown keys are kept out, unknown values survive. */

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

/** A server-side expression over other queries of its panel. */
export interface ExpressionJson {
  type?: string;
  expression?: string;
  reducer?: string;
  /** How a reduction takes what is no number. */
  settings?: { mode?: string; replaceWithValue?: number };
  window?: string;
  downsampler?: string;
  upsampler?: string;
  conditions?: { evaluator?: { type?: string; params?: number[] } }[];
}

export interface TargetJson extends ExpressionJson {
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
  /** Of a target whose data source is the dashboard itself: the panel whose queries it takes. */
  panelId?: number;
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
  /** In a snapshot: what the panel showed, instead of what it asks. */
  snapshotData?: readonly SnapshotFrame[];
}

/** A table as a snapshot keeps it. */
export interface SnapshotFrame {
  refId?: string;
  name?: string;
  fields?: readonly {
    name?: string;
    type?: string;
    labels?: Readonly<Record<string, string>> | null;
    values?: readonly unknown[];
  }[];
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

interface MappingResult {
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
