/** What Explore can look at: a signal, its data source, and queries to begin with. */

export type Signal = 'metrics' | 'logs' | 'traces';

export interface SignalInfo {
  name: string;
  language: string;
  uid: 'prometheus' | 'loki' | 'tempo';
  examples: readonly { text: string; query: string }[];
}

export const SIGNALS: Readonly<Record<Signal, SignalInfo>> = {
  metrics: {
    name: 'Metrics',
    language: 'PromQL',
    uid: 'prometheus',
    examples: [
      { text: 'Rolls per second, by die', query: 'sum by (die_type) (rate(async_rolls_total[1m]))' },
      {
        text: '95th percentile of roll durations',
        query: 'histogram_quantile(0.95, sum by (le) (rate(roll_duration_seconds_bucket[5m])))',
      },
      { text: 'What is scraped', query: 'up' },
    ],
  },
  logs: {
    name: 'Logs',
    language: 'LogQL',
    uid: 'loki',
    examples: [
      { text: 'Batches', query: '{container_name="dice-roller-stage4"} | json | message =~ "Async.*"' },
      { text: 'The risky die’s failures', query: '{container_name="dice-roller-stage4", level="ERROR"}' },
      {
        text: 'Lines per second, by service',
        query: 'sum by (container_name) (rate({container_name=~".+"}[1m]))',
      },
    ],
  },
  traces: {
    name: 'Traces',
    language: 'TraceQL',
    uid: 'tempo',
    examples: [
      { text: 'Batches', query: '{ resource.service.name = "dice-roller" && name = "GET /roll-async" }' },
      { text: 'Failed rolls', query: '{ name = "async_roll" && status = error }' },
      { text: 'Slow requests of users', query: '{ resource.service.name = "frontend" && duration > 800ms }' },
    ],
  },
};

/** The signal of an address, metrics where it says none. */
export function signalOf(text: string | undefined): Signal {
  return text === 'logs' || text === 'traces' ? text : 'metrics';
}
