/** What a span says in a word or two beside its name, and which route it served. Pure. */
import type { AttributeValue, Span } from '../api/tempo';

/** `#3 → 5` of a roll, the status of a request; empty if there is nothing to add. */
export function noteOf({ attributes, events }: Span): string {
  const index = attributes['async.roll_index'];
  if (index !== undefined) return `#${index} ${rollNote(attributes)}`.trim();
  const size = attributes['async.batch_size'];
  const status = attributes['http.response.status_code'];
  const parts = [
    size !== undefined && `${size} rolls`,
    status !== undefined && String(status),
    events.some(({ name }) => name === 'exception') && status === undefined && 'exception',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** True for a roll that was stopped because a sibling failed or the client left. */
export function wasCancelled({ attributes }: Span): boolean {
  return attributes['async.cancelled'] === true;
}

function rollNote(attributes: Readonly<Record<string, AttributeValue>>): string {
  if (attributes['async.cancelled'] === true) return 'cancelled';
  if (attributes['die.error'] !== undefined && attributes['die.error'] !== false) return 'failed';
  const result = attributes['die.result'];
  return result === undefined ? '' : `→ ${result}`;
}

/** The names by which metrics may call the service of a span: Prometheus writes the namespace before it. */
export function serviceNames({ service, resource }: Span): string[] {
  const namespace = resource['service.namespace'];
  return typeof namespace === 'string' && namespace !== '' ? [`${namespace}/${service}`, service] : [service];
}

/** A route that a service served: what its request metrics are named by. */
export interface Route {
  service: string;
  route: string;
}

/** The route of a span, or of the nearest span above it in the same service that served one. */
export function routeOf(span: Span, byId: ReadonlyMap<string, Span>): Route | undefined {
  const seen = new Set<string>();
  for (let at: Span | undefined = span; at && !seen.has(at.id); at = byId.get(at.parentId)) {
    seen.add(at.id);
    if (at.service !== span.service) return undefined;
    const route = at.attributes['http.route'];
    if (at.kind === 'server' && typeof route === 'string') return { service: at.service, route };
  }
  return undefined;
}
