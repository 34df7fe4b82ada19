/** The annotations of a dashboard that are switched on (`anno-<name>` in the address), asked as time goes on. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { type Annotation, annotationsOf, runAnnotation } from '../../dashboard/annotations';
import type { Scope } from '../../dashboard/interpolate';
import { builtIns } from '../../dashboard/interval';
import type { Source } from '../../dashboard/sources';
import type { DashboardJson } from '../../lib/dashboardJson';
import type { TimeRange } from '../../lib/timeRange';

export interface AnnotationSwitch {
  name: string;
  on: boolean;
  /** Not offered to the reader. */
  hidden: boolean;
  /** What it gave, once it is known. */
  answer: Annotation | undefined;
}

const NONE: Annotation[] = [];

export function useAnnotations(
  dashboard: DashboardJson,
  context: { range: TimeRange; scope: Scope; sources: readonly Source[]; ready: boolean },
): { switches: AnnotationSwitch[]; toggle: (name: string) => void } {
  const { range, scope, sources, ready } = context;
  const [params, setParams] = useSearchParams();
  const list = useMemo(() => annotationsOf(dashboard), [dashboard]);
  const isOn = (name: string, enable = true) => (params.get(`anno-${name}`) ?? String(enable)) === 'true';
  const on = list.filter(({ name, enable }) => isOn(name, enable));
  const full = useMemo(() => ({ ...scope, ...builtIns(range, 60_000) }), [scope, range]);
  const { data = NONE } = useQuery({
    queryKey: ['annotations', dashboard.uid, on.map(({ name }) => name), full],
    queryFn: ({ signal }) =>
      Promise.all(
        on.map((one) =>
          runAnnotation(one, { dashboard: dashboard.uid ?? '', range, scope: full, sources }, signal),
        ),
      ),
    enabled: ready && on.length > 0,
    placeholderData: keepPreviousData,
    gcTime: 5000,
  });
  const toggle = useCallback(
    (name: string) =>
      setParams((current) => {
        const next = new URLSearchParams(current);
        const stored = list.find((one) => one.name === name)?.enable ?? true;
        const now = (next.get(`anno-${name}`) ?? String(stored)) === 'true';
        next.set(`anno-${name}`, String(!now));
        return next;
      }),
    [setParams, list],
  );
  const switches = list.map(({ name, enable, hide }) => {
    const shown = isOn(name, enable);
    const answer = shown ? data.find((one) => one.name === name) : undefined;
    return { name, on: shown, hidden: hide ?? false, answer };
  });
  return { switches, toggle };
}
