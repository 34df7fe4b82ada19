/** Grafana's colour names and the classic palette, in tones that read on light and on dark. */

const NAMED: Readonly<Record<string, string>> = {
  green: '#2f9e5b',
  'dark-green': '#1f7a43',
  'semi-dark-green': '#278a4e',
  'light-green': '#66c28b',
  'super-light-green': '#a6deb9',
  yellow: '#d9a514',
  'dark-yellow': '#b5860a',
  'semi-dark-yellow': '#c8960f',
  'light-yellow': '#ecc653',
  'super-light-yellow': '#f5e0a0',
  red: '#dc4a4f',
  'dark-red': '#b3262d',
  'semi-dark-red': '#c9383f',
  'light-red': '#ee8286',
  'super-light-red': '#f7b9bb',
  blue: '#3f7fd8',
  'dark-blue': '#2159ad',
  'semi-dark-blue': '#316cc4',
  'light-blue': '#7eaced',
  'super-light-blue': '#b9d3f6',
  orange: '#e5792b',
  'dark-orange': '#bd5a13',
  'semi-dark-orange': '#d2691f',
  'light-orange': '#f3a66f',
  'super-light-orange': '#f9ceb0',
  purple: '#8f63d2',
  'dark-purple': '#6b3fb0',
  'semi-dark-purple': '#7d51c2',
  'light-purple': '#b498e4',
  'super-light-purple': '#d5c5f0',
  text: 'var(--text)',
  transparent: 'transparent',
  white: '#ffffff',
  black: '#000000',
};

/** Colours of series, in order; the same in every panel. */
const PALETTE: readonly string[] = [
  '#2f9e8f',
  '#6366f1',
  '#e5792b',
  '#d94f8a',
  '#3f7fd8',
  '#9b8a1d',
  '#8f63d2',
  '#2f9e5b',
  '#dc4a4f',
  '#4aa3b8',
  '#b5652d',
  '#7a869a',
];

/** The colour of the n-th series. */
export function paletteColor(at: number): string {
  return PALETTE[at % PALETTE.length] ?? '#888888';
}

/** A colour that CSS understands: a Grafana name, a hex or an rgb() text; anything else becomes grey. */
export function cssColor(color: string | undefined): string {
  if (!color) return '#888888';
  const named = NAMED[color];
  if (named) return named;
  return /^(#[0-9a-f]{3,8}|(rgb|hsl)a?\([\d\s.,%/]+\))$/i.test(color) ? color : '#888888';
}

/** The same colour, seen through. */
export function withAlpha(color: string, alpha: number): string {
  return `color-mix(in srgb, ${color} ${Math.round(alpha * 100)}%, transparent)`;
}

/** A colour as small text: towards the page's own ink, so that it can be read on its background. */
export function textColor(color: string): string {
  return `color-mix(in srgb, ${color} 55%, var(--text))`;
}
