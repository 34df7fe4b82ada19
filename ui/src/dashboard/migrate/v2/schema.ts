/**
 * The second schema of Grafana's dashboards, as far as the page reads it: `v2` and `v2beta1`, whose parts name their plugin
 * by `group`, and `v2alpha1`, which named it by `kind`.
 */
import type { DataSourceRef, FieldConfigJson, OverrideJson, VariableJson } from '../../../lib/dashboardJson';

/** A part: what it is, its plugin, and its own fields. */
export interface Part<T> {
  kind: string;
  group?: string;
  datasource?: { name?: string };
  spec: T;
}

export interface DashboardV2 {
  title?: string;
  description?: string;
  tags?: string[];
  cursorSync?: string;
  elements: Record<string, Part<PanelV2>>;
  layout?: Part<LayoutV2>;
  variables?: Part<VariableV2>[];
  annotations?: Part<AnnotationV2>[];
  links?: { title?: string; type?: string; url?: string; tags?: string[]; tooltip?: string }[];
  timeSettings?: { from?: string; to?: string; autoRefresh?: string };
}

type Query = Part<Record<string, unknown>>;

interface PanelV2 {
  id?: number;
  title?: string;
  description?: string;
  data?: Part<{
    queries?: Part<{ refId?: string; hidden?: boolean; query?: Query; datasource?: DataSourceRef }>[];
    transformations?: Part<{ id?: string; disabled?: boolean; options?: Record<string, unknown> }>[];
    queryOptions?: { timeFrom?: string; timeShift?: string; interval?: string; maxDataPoints?: number };
  }>;
  vizConfig?: Part<{
    options?: Record<string, unknown>;
    fieldConfig?: { defaults?: FieldConfigJson; overrides?: OverrideJson[] };
  }>;
  /** Of a panel of Grafana's library. */
  libraryPanel?: { name?: string; uid?: string };
}

export interface Repeat {
  value?: string;
  direction?: 'h' | 'v';
  maxPerRow?: number;
}

export interface ItemV2 {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  element?: { name: string };
  repeat?: Repeat;
  /** Of a row that stands among the items. */
  title?: string;
  collapsed?: boolean;
  elements?: Part<ItemV2>[];
}

interface SectionV2 {
  title?: string;
  collapse?: boolean;
  repeat?: Repeat;
  layout?: Part<LayoutV2>;
}

export interface LayoutV2 {
  items?: Part<ItemV2>[];
  rows?: Part<SectionV2>[];
  tabs?: Part<SectionV2>[];
  maxColumnCount?: number;
  rowHeightMode?: string;
  rowHeight?: number;
}

export interface VariableV2 extends Omit<VariableJson, 'type' | 'hide' | 'sort' | 'query'> {
  hide?: string;
  sort?: string;
  query?: Query | string;
  pluginId?: string;
  enabledValue?: string;
  disabledValue?: string;
}

interface AnnotationV2 {
  name?: string;
  enable?: boolean;
  hide?: boolean;
  builtIn?: boolean;
  iconColor?: string;
  datasource?: DataSourceRef;
  query?: Query;
  legacyOptions?: Record<string, unknown>;
}

/** The data source of a query, wherever its version keeps it. */
export function sourceOfQuery(
  query: Part<unknown> | undefined,
  beside: DataSourceRef | undefined,
): DataSourceRef {
  const type = query?.group ?? (query?.kind === 'DataQuery' ? undefined : query?.kind);
  const uid = query?.datasource?.name;
  if (uid !== undefined || !beside) return { ...(type && { type }), ...(uid && { uid }) };
  return beside;
}

/** The plugin that a part stands for, `generic` being what its version calls every part of this sort. */
export function pluginOf({ kind, group }: Part<unknown>, generic: string): string {
  return group ?? (kind === generic ? '' : kind);
}
