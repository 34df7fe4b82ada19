/** A dashboard of Grafana's second schema as one of the first, which is what the page draws. Pure. */
import type { DashboardJson, PanelJson, TargetJson } from '../../../lib/dashboardJson';
import { placed } from './layout';
import { type DashboardV2, type Part, pluginOf, sourceOfQuery } from './schema';
import { annotationOf, variableOf } from './variables';

/** Whether it is one of the second schema. */
export function isV2(json: object): json is DashboardV2 & Pick<DashboardJson, 'uid'> {
  return (
    'elements' in json && typeof json.elements === 'object' && json.elements !== null && 'layout' in json
  );
}

export function fromV2(json: DashboardV2 & Pick<DashboardJson, 'uid'>): DashboardJson {
  const { uid, title, description, tags, links, timeSettings: time } = json;
  const panels = new Map(Object.entries(json.elements).map(([name, element]) => [name, panelOf(element)]));
  const { from, to, autoRefresh } = time ?? {};
  return {
    ...(uid !== undefined && { uid }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(tags && { tags }),
    ...(links && { links }),
    ...(from && to && { time: { from, to } }),
    ...(autoRefresh && { refresh: autoRefresh }),
    graphTooltip: ['Off', 'Crosshair', 'Tooltip'].indexOf(json.cursorSync ?? 'Off'),
    panels: placed(json.layout, (name) => panels.get(name)),
    templating: { list: (json.variables ?? []).map(variableOf) },
    annotations: { list: (json.annotations ?? []).map(annotationOf) },
  };
}

type Element = DashboardV2['elements'][string];

function panelOf({ spec }: Element): PanelJson {
  const { id, title, description, data, vizConfig, libraryPanel } = spec;
  const { queries = [], transformations = [], queryOptions = {} } = data?.spec ?? {};
  return {
    ...(id !== undefined && { id }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(libraryPanel && { libraryPanel }),
    ...Object.fromEntries(
      Object.entries(queryOptions).filter(([, value]) => value !== undefined && value !== null),
    ),
    type: vizConfig ? pluginOf(vizConfig, 'VizConfig') : 'library-panel',
    targets: queries.map(targetOf),
    transformations: transformations.map(({ kind, group, spec: own }) => ({
      id: group ?? own.id ?? kind,
      ...(own.disabled && { disabled: true }),
      options: own.options ?? {},
    })),
    ...(vizConfig?.spec.options && { options: vizConfig.spec.options }),
    ...(vizConfig?.spec.fieldConfig && { fieldConfig: vizConfig.spec.fieldConfig }),
  };
}

type Query = NonNullable<NonNullable<NonNullable<Element['spec']['data']>['spec']>['queries']>[number];

function targetOf({ spec: { refId, hidden, query, datasource } }: Query): TargetJson {
  const source = sourceOfQuery(query as Part<unknown> | undefined, datasource);
  return {
    ...query?.spec,
    ...(refId && { refId }),
    ...(hidden && { hide: true }),
    ...(source && typeof source === 'object' && (source.type || source.uid) ? { datasource: source } : {}),
  };
}
