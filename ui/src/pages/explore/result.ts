/** What every kind of result is given. */
import type { TimeRange } from '../../lib/timeRange';

export interface ResultProps {
  uid: string;
  query: string;
  range: TimeRange;
  onZoom: (range: TimeRange) => void;
  /** Runs another query in the same place. */
  onQuery: (query: string) => void;
}
