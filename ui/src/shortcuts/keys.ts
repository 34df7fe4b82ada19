/** The keys of the page: what each does, for the list under `?`, and how a sequence of them is read. Pure. */

export type Command =
  | 'help'
  | 'home'
  | 'dashboards'
  | 'explore'
  | 'status'
  | 'search'
  | 'refresh'
  | 'zoomOut'
  | 'earlier'
  | 'later'
  | 'leave';

export interface Shortcut {
  /** One key after the other. */
  keys: readonly string[];
  command: Command;
  text: string;
  group: 'Anywhere' | 'Time';
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ['?'], command: 'help', text: 'This list', group: 'Anywhere' },
  { keys: ['g', 'h'], command: 'home', text: 'Go to the start page', group: 'Anywhere' },
  { keys: ['g', 'd'], command: 'dashboards', text: 'Go to the dashboards', group: 'Anywhere' },
  { keys: ['g', 'e'], command: 'explore', text: 'Go to Explore', group: 'Anywhere' },
  { keys: ['g', 's'], command: 'status', text: 'Go to the status', group: 'Anywhere' },
  { keys: ['/'], command: 'search', text: 'Go to the query or the search field', group: 'Anywhere' },
  { keys: ['Escape'], command: 'leave', text: 'Close, or leave a panel’s full view', group: 'Anywhere' },
  { keys: ['r'], command: 'refresh', text: 'Refresh, up to now', group: 'Time' },
  { keys: ['t', 'z'], command: 'zoomOut', text: 'Twice the time range', group: 'Time' },
  { keys: ['t', 'ArrowLeft'], command: 'earlier', text: 'Half a range earlier', group: 'Time' },
  { keys: ['t', 'ArrowRight'], command: 'later', text: 'Half a range later', group: 'Time' },
];

/** What is known beside the keys, of places that have keys of their own. */
export const OTHERS: readonly { keys: string; text: string }[] = [
  { keys: '↑ ↓', text: 'Walk through the spans of a trace' },
  { keys: '← →', text: 'Collapse and expand a span' },
  { keys: 'Enter', text: 'Open a span, or run the query' },
  { keys: 'Click, Ctrl + click', text: 'In a legend: show one series alone, hide or show it' },
  { keys: 'Drag', text: 'Over a graph or the minimap of a trace: zoom in' },
];

/** The keys pressed so far with one more: a command, the beginning of one, or nothing. */
export function pressed(
  before: readonly string[],
  key: string,
): { command?: Command; pending: readonly string[] } {
  for (const keys of [[...before, key], [key]]) {
    const begun = SHORTCUTS.filter((one) => keys.every((each, at) => one.keys[at] === each));
    const whole = begun.find((one) => one.keys.length === keys.length);
    if (whole) return { command: whole.command, pending: [] };
    if (begun.length > 0) return { pending: keys };
  }
  return { pending: [] };
}
