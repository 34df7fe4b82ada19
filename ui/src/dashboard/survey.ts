/** What a dashboard is made of, before it is imported. */

import type { DashboardJson } from '../lib/dashboardJson';
import { modern } from './migrate/modern';
import { allPanels } from './model';

export interface Survey {
  title: string;
  panels: number;
  /** Panel types with how many there are, the most frequent first. */
  types: [type: string, count: number][];
  variables: string[];
}

/** Reads the JSON of a dashboard, bare or as Grafana's API wraps it; throws with what is wrong. */
export function readDashboard(text: string): DashboardJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`It is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const inner = isObject(json) && isObject(json.dashboard) ? json.dashboard : json;
  if (!isObject(inner)) throw new Error('It is JSON, but its top level is not an object.');
  if (!Array.isArray(inner.panels) && !Array.isArray(inner.rows))
    throw new Error('It has neither “panels” nor “rows”, so it is not a Grafana dashboard.');
  return inner as DashboardJson;
}

export function survey(json: DashboardJson): Survey {
  const dashboard = modern(json);
  const counts = new Map<string, number>();
  const panels = allPanels(dashboard);
  for (const { type } of panels) counts.set(type, (counts.get(type) ?? 0) + 1);
  return {
    title: json.title ?? '',
    panels: panels.length,
    types: [...counts].sort((a, b) => b[1] - a[1]),
    variables: (dashboard.templating?.list ?? []).map(({ name }) => name),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
