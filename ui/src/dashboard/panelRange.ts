/** A panel's own time range: `timeFrom` makes it as long as it says, `timeShift` moves it into the past. */

import type { PanelJson } from '../lib/dashboardJson';
import { parseDuration } from '../lib/duration';
import type { TimeRange } from '../lib/timeRange';
import { interpolate, type Scope } from './interpolate';

export function panelRange(panel: PanelJson, page: TimeRange, scope: Scope = {}): TimeRange {
  const timeFrom = interpolate(panel.timeFrom ?? '', scope);
  const timeShift = interpolate(panel.timeShift ?? '', scope);
  const length = timeFrom ? parseDuration(timeFrom.replace(/^now-/, '')) : undefined;
  const shift = (timeShift && parseDuration(timeShift)) || 0;
  if (length === undefined && shift === 0) return page;
  const to = page.to - shift;
  return { from: length === undefined ? page.from - shift : to - length, to };
}
