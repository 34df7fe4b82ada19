/** The range of the address, or the one that a page opens with while the address names none. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { startQuery } from '../api/status';
import { openingRange, type RawRange } from '../lib/timeRange';
import { useUrlRange } from './url';

interface OpeningRange {
  raw: RawRange;
  setRaw: (range: RawRange) => void;
  /** When the data begin, if that is known. */
  start: number | undefined;
  /** Whether it is known which range to open with. */
  ready: boolean;
}

export function useOpeningRange(standard: RawRange, now: number): OpeningRange {
  const { data, isPending } = useQuery(startQuery);
  const start = data ?? undefined;
  const { from, to } = openingRange(standard, start, now);
  const opening = useMemo(() => ({ from, to }), [from, to]);
  const [raw, setRaw] = useUrlRange(opening);
  return { raw, setRaw, start, ready: !isPending };
}
