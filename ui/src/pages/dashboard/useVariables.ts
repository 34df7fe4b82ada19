/** A dashboard's variables with what the address chooses (`var-<name>`), asked again when the choice changes. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { Source } from '../../dashboard/sources';
import { resolveVariables, type Variable } from '../../dashboard/variables';
import type { DashboardJson } from '../../lib/dashboardJson';
import type { RawRange, TimeRange } from '../../lib/timeRange';

const NONE: Variable[] = [];

interface Variables {
  /** `undefined` until they are known the first time. */
  variables: Variable[] | undefined;
  choose: (name: string, values: readonly string[]) => void;
}

export function useVariables(
  dashboard: DashboardJson,
  sources: readonly Source[],
  raw: RawRange,
  range: TimeRange,
): Variables {
  const [params, setParams] = useSearchParams();
  const names = useMemo(
    () => (dashboard.templating?.list ?? []).map(({ name }) => name),
    [dashboard.templating],
  );
  const chosen = Object.fromEntries(
    names.flatMap((name) => (params.has(`var-${name}`) ? [[name, params.getAll(`var-${name}`)]] : [])),
  );
  const query = useQuery({
    queryKey: ['variables', dashboard.uid, chosen, raw],
    queryFn: ({ signal }) => resolveVariables(dashboard, chosen, sources, range, signal),
    enabled: names.length > 0,
    placeholderData: keepPreviousData,
  });
  const choose = useCallback(
    (name: string, values: readonly string[]) =>
      setParams((current) => {
        const next = new URLSearchParams(current);
        next.delete(`var-${name}`);
        for (const value of values) next.append(`var-${name}`, value);
        return next;
      }),
    [setParams],
  );
  return { variables: names.length === 0 ? NONE : query.data, choose };
}
