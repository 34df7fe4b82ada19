/** The lab's own API in Grafana's shapes: dashboards and data sources. */
import type { DashboardJson } from '../dashboard/model';
import { getJson } from './client';

/** One row of the list of dashboards. */
export interface DashboardHit {
  uid: string;
  title: string;
  url: string;
  tags: string[];
}

export function searchDashboards(signal?: AbortSignal): Promise<DashboardHit[]> {
  return getJson('/api/search', { type: 'dash-db' }, signal);
}

export async function dashboard(uid: string, signal?: AbortSignal): Promise<DashboardJson> {
  const answer = await getJson<{ dashboard: DashboardJson }>(
    `/api/dashboards/uid/${encodeURIComponent(uid)}`,
    {},
    signal,
  );
  return answer.dashboard;
}

/** A data source as Grafana lists it. */
export interface DataSource {
  uid: string;
  name: string;
  type: string;
  isDefault: boolean;
}

export function dataSources(signal?: AbortSignal): Promise<DataSource[]> {
  return getJson('/api/datasources', {}, signal);
}
