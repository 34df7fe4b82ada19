/** What is probably meant by a query that was refused or found nothing. Whoever shows one must have tried it. Pure. */
import type { Signal } from '../signals';
import type { Correction, Said } from './correction';
import { ofLogQl } from './logql';
import { named } from './named';
import { ofPromQl } from './promql';
import { ofTraceQl } from './traceql';

/** More of them are not tried. */
const MOST = 6;

/** The corrections to try, the likeliest first. */
export function correctionsOf(signal: Signal, query: string, said: Said): Correction[] {
  const all = [
    ...named(query, said),
    ...(signal === 'metrics' ? ofPromQl(query, said) : []),
    ...(signal === 'logs' ? ofLogQl(query, said) : []),
    ...(signal === 'traces' ? ofTraceQl(query) : []),
  ];
  const others = all.filter(
    (one, at) => one.query !== query && all.findIndex((two) => two.query === one.query) === at,
  );
  return others.slice(0, MOST);
}
