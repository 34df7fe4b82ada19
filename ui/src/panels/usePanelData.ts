/** What a panel draws: its queries run for the page's range, shaped by its transformations. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { interpolate, type Scope } from '../dashboard/interpolate';
import { builtIns, stepFor } from '../dashboard/interval';
import type { PlacedPanel } from '../dashboard/model';
import { panelRange } from '../dashboard/panelRange';
import { NOTHING, type PanelData, type QueryContext, runPanel } from '../dashboard/queries';
import type { Source } from '../dashboard/sources';
import { transform } from '../dashboard/transform';
import type { TimeRange } from '../lib/timeRange';
import type { PanelType } from './registry';

/** `loading` only before the first data. */
type PanelState = 'loading' | 'ready' | 'empty' | 'error';

export interface PanelQuery {
  state: PanelState;
  data: PanelData;
  /** Ids of transformations that the page does not know. */
  unknown: string[];
  error: Error | null;
  fetching: boolean;
  range: TimeRange;
  step: number;
  /** All variables, with those that follow from the range. */
  scope: Scope;
}

interface Asked {
  range: TimeRange;
  scope: Scope;
  sources: readonly Source[];
  filters?: QueryContext['filters'];
  /** Width of the drawing area; nothing is asked before it is known. */
  width: number;
  /** A panel out of sight is asked until it has data, and again when it comes into sight. */
  visible: boolean;
  /** It may begin: what is in sight goes first. */
  turn: boolean;
}

const NO_FILTERS: NonNullable<QueryContext['filters']> = {};

export function usePanelData(panel: PlacedPanel, type: PanelType, asked: Asked): PanelQuery {
  const { scope, sources, filters = NO_FILTERS, width, visible, turn } = asked;
  const [kept, keep] = useState(asked.range);
  const [answered, setAnswered] = useState(false);
  const page = visible || !answered ? asked.range : kept;
  if (page !== kept && (page.from !== kept.from || page.to !== kept.to)) keep(page);
  const range = useMemo(() => panelRange(panel, page, scope), [panel, page, scope]);
  const step = stepFor(
    range,
    panel.maxDataPoints || Math.max(width, 100),
    interpolate(panel.interval ?? '', scope),
  );
  const full = useMemo(() => ({ ...scope, ...builtIns(range, step) }), [scope, range, step]);
  const query = useQuery({
    queryKey: ['panel', panel.id, panel.targets, full, filters, step, range.from, range.to],
    queryFn: ({ signal }) => runPanel(panel, { range, step, scope: full, sources, filters }, signal),
    enabled: turn && width > 0 && type.needs !== 'nothing',
    placeholderData: keepPreviousData,
    gcTime: 5000,
  });
  const shaped = useMemo(() => {
    if (!query.data) return undefined;
    const { frames, unknown } = transform(panel, query.data.frames);
    return { data: { ...query.data, frames }, unknown };
  }, [panel, query.data]);
  const state = stateOf(type, shaped?.data, query.error);
  // Whoever has nothing to show yet goes on asking, in sight or not.
  if (answered !== (state === 'ready')) setAnswered(!answered);
  return {
    state,
    data: shaped?.data ?? NOTHING,
    unknown: shaped?.unknown ?? [],
    error: query.error,
    fetching: query.isFetching,
    range,
    step,
    scope: full,
  };
}

function stateOf({ needs }: PanelType, data: PanelData | undefined, error: unknown): PanelState {
  if (needs === 'nothing') return 'ready';
  if (error) return 'error';
  if (!data) return 'loading';
  return data[needs].length > 0 ? 'ready' : 'empty';
}
