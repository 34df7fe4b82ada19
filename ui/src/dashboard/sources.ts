/** Which data source of the lab a dashboard means: it names them by uid, by name, by type or by a variable. */

import type { DataSourceRef } from '../lib/dashboardJson';
import { interpolate, type Scope } from './interpolate';
import { dataSourceUid } from './model';

/** A data source as a panel sees it. */
export interface Source {
  uid: string;
  name: string;
  type: string;
  isDefault: boolean;
}

/** Grafana's own data sources, which have no server behind them. */
const BUILT_IN: Readonly<Record<string, string>> = {
  '-- Grafana --': 'Grafana’s built-in data source has no counterpart in the lab',
  grafana: 'Grafana’s built-in data source has no counterpart in the lab',
  '-- Dashboard --': 'the panel shares the queries of another panel, which this dashboard does not have',
};

/** Finds a data source by uid, name, variable or type; without any reference the default one. */
export function sourceOf(
  reference: DataSourceRef | undefined,
  { scope, sources }: { scope: Scope; sources: readonly Source[] },
): Source | undefined {
  const named = dataSourceUid(reference);
  const uid = named && interpolate(named, scope);
  if (uid !== undefined && uid in BUILT_IN) return undefined;
  const written = typeof reference === 'object' ? reference?.type : undefined;
  // Exports before Grafana 8 have neither type nor uid, only the name on the server they come from.
  const type = written ?? uid;
  return (
    sources.find((source) => source.uid === uid) ??
    sources.find((source) => source.name.toLowerCase() === uid?.toLowerCase()) ??
    sources.find((source) => source.type === type) ??
    (uid === undefined || uid === 'default' || (named?.startsWith('$') && !written)
      ? sources.find(({ isDefault }) => isDefault)
      : undefined)
  );
}

/** Why {@link sourceOf} found none, in words. */
export function describeSource(reference: DataSourceRef | undefined, scope: Scope): string {
  const uid = interpolate(dataSourceUid(reference) ?? '', scope);
  const type = typeof reference === 'object' ? reference?.type : undefined;
  const wanted = type && type !== uid ? `“${uid}” of type ${type}` : `“${uid}”`;
  return BUILT_IN[uid] ?? `the lab has no data source ${wanted}, only prometheus, loki and tempo`;
}
