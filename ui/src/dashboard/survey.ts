/** What a dashboard is made of, before it is imported. */

import type { DashboardJson } from '../lib/dashboardJson';
import { modern } from './migrate/modern';
import { isV2 } from './migrate/v2/fromV2';
import { allPanels } from './model';

export interface Survey {
  title: string;
  panels: number;
  /** Panel types with how many there are, the most frequent first. */
  types: [type: string, count: number][];
  variables: string[];
}

/**
 * Reads the JSON of a dashboard, bare, as Grafana's API wraps it, or as a resource; throws with what is wrong. What is
 * imported is the text as it was: the lab keeps a resource's name.
 */
export function readDashboard(text: string): DashboardJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`It is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const inner = isObject(json) && isObject(json.dashboard) ? json.dashboard : json;
  if (!isObject(inner)) throw new Error('It is JSON, but its top level is not an object.');
  const board = isResource(inner) ? inner.spec : inner;
  if (!Array.isArray(board.panels) && !Array.isArray(board.rows) && !isV2(board))
    throw new Error('It has neither “panels” nor “rows” nor “elements”, so it is not a Grafana dashboard.');
  return inner as DashboardJson;
}

export function survey(json: DashboardJson): Survey {
  const dashboard = modern(isResource(json) ? (json.spec as DashboardJson) : json);
  const counts = new Map<string, number>();
  const panels = allPanels(dashboard);
  for (const { type } of panels) counts.set(type, (counts.get(type) ?? 0) + 1);
  return {
    title: dashboard.title ?? '',
    panels: panels.length,
    types: [...counts].sort((a, b) => b[1] - a[1]),
    variables: (dashboard.templating?.list ?? []).map(({ name }) => name),
  };
}

/** A resource of Grafana's API: its spec is the dashboard. */
function isResource(json: object): json is { apiVersion: string; spec: Record<string, unknown> } {
  return 'apiVersion' in json && 'spec' in json && isObject(json.spec);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
