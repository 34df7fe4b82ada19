/** The colours of the page's style sheet as a canvas takes them: resolved, without `var()` or `light-dark()`. */

/** Resolved colours by theme and name: each costs a look at the whole page's styles. */
const known = new Map<string, string>();
const MOST_KNOWN = 500;

/** Resolves any CSS colour for the theme of this moment. */
export function resolveColor(color: string): string {
  if (/^#[0-9a-f]{6}$/i.test(color)) return color;
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  const key = `${document.documentElement.dataset.theme ?? (dark ? 'dark' : 'light')} ${color}`;
  const found = known.get(key) ?? resolve(color);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

function resolve(color: string): string {
  const probe = document.createElement('span');
  probe.style.color = color;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

/** Lines and words of an axis. */
export interface Ink {
  text: string;
  grid: string;
}

export function axisInk(): Ink {
  return { text: resolveColor('var(--text-2)'), grid: resolveColor('var(--grid-line)') };
}
