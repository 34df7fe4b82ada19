/** One table out of whatever frames a panel has. */
import { toTable } from '../../dashboard/transform';
import type { Frame } from '../../lib/frame';

/** Series become rows, each with its last value; a frame that is a table already stays one. */
export function asTable(frames: Frame[]): Frame {
  const series = frames.every((frame) => frame.fields.length === 2 && frame.fields[0]?.type === 'time');
  const [only] = frames;
  if (!series) return frames.length === 1 && only ? only : toTable(frames);
  const last = (frame: Frame): Frame => ({
    ...frame,
    fields: frame.fields.map((field) => ({ ...field, values: field.values.slice(-1) })),
  });
  return toTable(frames.map(last));
}
