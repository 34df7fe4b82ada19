/** The colours of services in a trace. Red is kept for errors. */
const COLORS: readonly string[] = [
  '#6366f1',
  '#2f9e8f',
  '#e5792b',
  '#3f7fd8',
  '#9b8a1d',
  '#8f63d2',
  '#4aa3b8',
  '#7a869a',
];

/** A colour for each service, in order of its first appearance, so that neighbours differ. */
export function serviceColors(services: Iterable<string>): ReadonlyMap<string, string> {
  const colors = new Map<string, string>();
  for (const service of services) {
    if (!colors.has(service)) colors.set(service, COLORS[colors.size % COLORS.length] ?? '#7a869a');
  }
  return colors;
}
