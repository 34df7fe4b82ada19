/** What Prometheus' API says of itself: its targets, its configuration, its store. */
import type { Labels } from '../lib/frame';
import { dataSourcePath, getJson } from './client';

interface ActiveTarget {
  discoveredLabels: Labels;
  labels: Labels;
  scrapePool: string;
  scrapeUrl: string;
  lastError: string;
  lastScrape: string;
  lastScrapeDuration: number;
  health: 'up' | 'down' | 'unknown';
  scrapeInterval: string;
  scrapeTimeout: string;
  /** What the lab has to say beside Prometheus' own words. */
  note?: string;
}

export interface Targets {
  activeTargets: ActiveTarget[];
  droppedTargets: { discoveredLabels: Labels; scrapePool: string }[];
  droppedTargetCounts: Record<string, number>;
}

interface Counted {
  name: string;
  value: number;
}

export interface StoreStatus {
  headStats: {
    numSeries: number;
    numLabelPairs: number;
    chunkCount: number;
    minTime: number;
    maxTime: number;
  };
  seriesCountByMetricName: Counted[];
  labelValueCountByLabelName: Counted[];
  memoryInBytesByLabelName: Counted[];
  seriesCountByLabelValuePair: Counted[];
}

async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await getJson<{ data: T }>(dataSourcePath('prometheus', `/api/v1/${path}`), {}, signal)).data;
}

export function targets(signal?: AbortSignal): Promise<Targets> {
  return ask('targets', signal);
}

/** The configuration as YAML, its secrets hidden. */
export async function configuration(signal?: AbortSignal): Promise<string> {
  return (await ask<{ yaml: string }>('status/config', signal)).yaml;
}

export function flags(signal?: AbortSignal): Promise<Record<string, string>> {
  return ask('status/flags', signal);
}

export function storeStatus(signal?: AbortSignal): Promise<StoreStatus> {
  return ask('status/tsdb', signal);
}

/** What the process runs with, and which version it stands for, by the names that Prometheus has for them. */
export async function runtime(signal?: AbortSignal): Promise<Record<string, unknown>> {
  const [build, now] = await Promise.all([
    ask<Record<string, unknown>>('status/buildinfo', signal),
    ask<Record<string, unknown>>('status/runtimeinfo', signal),
  ]);
  return { ...build, ...now };
}
