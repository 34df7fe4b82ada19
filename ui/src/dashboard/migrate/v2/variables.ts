/** Variables and annotations of the second schema in the shapes of the first. Pure. */
import type { AnnotationJson, VariableJson } from '../../../lib/dashboardJson';
import { type DashboardV2, type Part, sourceOfQuery, type VariableV2 } from './schema';

/** The kinds of variables by the types of the first schema. */
const TYPES: Readonly<Record<string, string>> = {
  QueryVariable: 'query',
  CustomVariable: 'custom',
  ConstantVariable: 'constant',
  TextVariable: 'textbox',
  IntervalVariable: 'interval',
  DatasourceVariable: 'datasource',
  AdhocVariable: 'adhoc',
  GroupByVariable: 'groupby',
  SwitchVariable: 'custom',
};

const HIDE: Readonly<Record<string, number>> = { dontHide: 0, hideLabel: 1, hideVariable: 2 };

const SORTS: readonly string[] = [
  'disabled',
  'alphabeticalAsc',
  'alphabeticalDesc',
  'numericalAsc',
  'numericalDesc',
  'alphabeticalCaseInsensitiveAsc',
  'alphabeticalCaseInsensitiveDesc',
  'naturalAsc',
  'naturalDesc',
];

export function variableOf({ kind, group, datasource, spec }: Part<VariableV2>): VariableJson {
  const { hide, sort, query, pluginId, enabledValue, disabledValue, ...rest } = spec;
  const place = SORTS.indexOf(sort ?? '');
  const asked = typeof query === 'object' ? query : undefined;
  const source =
    kind === 'AdhocVariable' && group
      ? { type: group, ...(datasource?.name && { uid: datasource.name }) }
      : asked && sourceOfQuery(asked, rest.datasource);
  return {
    ...rest,
    type: TYPES[kind] ?? kind,
    ...(hide !== undefined && { hide: HIDE[hide] ?? 0 }),
    ...(place >= 0 && { sort: place }),
    ...(source && { datasource: source }),
    query: asked
      ? (asked.spec.__legacyStringValue ?? asked.spec)
      : kind === 'SwitchVariable'
        ? [enabledValue ?? 'true', disabledValue ?? 'false'].join(', ')
        : (pluginId ?? query),
  };
}

export function annotationOf({ spec }: NonNullable<DashboardV2['annotations']>[number]): AnnotationJson {
  const { query, builtIn, name = '', datasource, legacyOptions, enable, hide, iconColor } = spec;
  return {
    ...legacyOptions,
    ...query?.spec,
    name,
    datasource: sourceOfQuery(query, datasource),
    ...(enable !== undefined && { enable }),
    ...(hide !== undefined && { hide }),
    ...(iconColor !== undefined && { iconColor }),
    ...(builtIn && { builtIn: 1 }),
  };
}
