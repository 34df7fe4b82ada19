/** The time of a page: its moment, its range, and what its time picker shows and changes. */
import { type ComponentProps, useCallback, useMemo } from 'react';
import type { TimePicker } from '../components/TimePicker';
import { parseDuration } from '../lib/duration';
import { type RawRange, resolveRange, shifted, type TimeRange, zoomedOut } from '../lib/timeRange';
import { useCommand } from '../state/commands';
import { useUrlParam } from '../state/url';
import { useNow } from '../state/useNow';
import { useOpeningRange } from '../state/useOpeningRange';

interface PageTime {
  raw: RawRange;
  range: TimeRange;
  /** Whether it is known which range to open with. */
  ready: boolean;
  zoom: (range: TimeRange) => void;
  /** Takes the present moment. */
  renew: () => void;
  picker: ComponentProps<typeof TimePicker>;
}

/** `standard` is the range and `interval` the refresh of a page whose address names none. */
export function usePageTime(standard: RawRange, interval = ''): PageTime {
  const [refresh = interval, onRefresh] = useUrlParam('refresh');
  const [now, renew] = useNow(parseDuration(refresh));
  const { raw, setRaw, start, ready } = useOpeningRange(standard, now);
  const range = useMemo(() => resolveRange(raw, now), [raw, now]);
  const zoom = useCallback(
    ({ from, to }: TimeRange) => setRaw({ from: String(from), to: String(to) }),
    [setRaw],
  );
  useCommand('refresh', renew);
  useCommand('zoomOut', () => setRaw(zoomedOut(range, now)));
  useCommand('earlier', () => setRaw(shifted(range, -1)));
  useCommand('later', () => setRaw(shifted(range, 1)));
  const picker = { range: raw, start, now, onRange: setRaw, refresh, onRefresh, onNow: renew };
  return { raw, range, ready, zoom, renew, picker };
}
