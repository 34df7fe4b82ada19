/** A panel's own time range: `timeFrom` makes it as long as it says, `timeShift` moves it into the past. */
import { parseDuration } from '../lib/duration';
import type { TimeRange } from '../lib/timeRange';
import type { PanelJson } from './model';

export function panelRange({ timeFrom, timeShift }: PanelJson, page: TimeRange): TimeRange {
  const length = timeFrom ? parseDuration(timeFrom.replace(/^now-/, '')) : undefined;
  const shift = (timeShift && parseDuration(timeShift)) || 0;
  if (length === undefined && shift === 0) return page;
  const to = page.to - shift;
  return { from: length === undefined ? page.from - shift : to - length, to };
}
