/** How far somebody has come in the tour; remembered by this browser. Pure but for the last two functions. */

/** A step's index, or that the tour is over (done or dismissed). */
export type Progress = number | 'done';

const KEY = 'dicelab.tour';

/** Reads what a browser has kept; a stranger begins at the beginning. */
export function parseProgress(text: string | null, steps: number): Progress {
  if (text === 'done') return 'done';
  const at = Number(text ?? 0);
  return Number.isInteger(at) && at >= 0 && at < steps ? at : 0;
}

/** One step on or back; behind the last the tour is done. */
export function moved(at: number, by: 1 | -1, steps: number): Progress {
  const next = at + by;
  return next >= steps ? 'done' : Math.max(next, 0);
}

export function loadProgress(steps: number): Progress {
  return parseProgress(localStorage.getItem(KEY), steps);
}

export function saveProgress(progress: Progress): void {
  localStorage.setItem(KEY, String(progress));
}
