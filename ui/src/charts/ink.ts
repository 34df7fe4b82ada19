/** The colours of the page's style sheet as a canvas takes them: resolved, without `var()` or `light-dark()`. */

/** Resolves any CSS colour for the theme of this moment. */
export function resolveColor(color: string): string {
  if (/^#[0-9a-f]{6}$/i.test(color)) return color;
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
