/** What every kind of result is given. */
import type { Source } from '../../dashboard/sources';
import type { TimeRange } from '../../lib/timeRange';

/** The store of metrics, as panels name their sources. */
export const PROMETHEUS: readonly Source[] = [
  { uid: 'prometheus', name: 'Prometheus', type: 'prometheus', isDefault: true },
];

/** Explore has no variables. */
export const NO_VARIABLES = {};

export interface ResultProps {
  uid: string;
  query: string;
  range: TimeRange;
  onZoom: (range: TimeRange) => void;
  /** Runs another query in the same place. */
  onQuery: (query: string) => void;
}
