/** The part of a trace's time that is drawn, as the address writes it: `12.5-80`, in milliseconds from its start. Pure. */

export interface View {
  from: number;
  to: number;
}

/** What the address says, within the trace; the whole trace where it says nothing that can be read. */
export function viewOf(text: string | undefined, total: number): View {
  const [, from, to] = /^([\d.]+)-([\d.]+)$/.exec(text ?? '') ?? [];
  const view = { from: Math.max(0, Number(from)), to: Math.min(total, Number(to)) };
  return view.from < view.to ? view : { from: 0, to: total };
}

/** `undefined` for the whole trace. */
export function writtenView({ from, to }: View, total: number): string | undefined {
  if (from <= 0 && to >= total) return undefined;
  const digits = Math.max(3, 4 - Math.floor(Math.log10(to - from)));
  const short = (ms: number) => String(Number(ms.toFixed(Math.min(digits, 9))));
  return `${short(Math.max(0, from))}-${short(Math.min(total, to))}`;
}

/** Where a span stands in the view, in percent of its width; `undefined` for one outside of it. */
export function placeIn(
  { start, duration }: { start: number; duration: number },
  { from, to }: View,
): { left: number; width: number } | undefined {
  if (start > to || start + duration < from) return undefined;
  const length = to - from;
  const left = Math.max(0, (start - from) / length);
  const right = Math.min(1, (start + duration - from) / length);
  return { left: left * 100, width: Math.max((right - left) * 100, 0.2) };
}

/** Some room around a span. */
export function around({ start, duration }: { start: number; duration: number }, total: number): View {
  const room = Math.max(duration * 0.05, total * 1e-6);
  return { from: Math.max(0, start - room), to: Math.min(total, start + duration + room) };
}
