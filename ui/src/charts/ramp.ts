/** Colours for amounts, from nothing to most: one hue that grows stronger against the page's own background. */

const RAMPS = {
  light: ['#eef0fb', '#c3c8f5', '#8f93ee', '#5a52e0', '#2f2a9a'],
  dark: ['#20242f', '#363a78', '#5b5bd0', '#9a9bf7', '#e4e4ff'],
} as const;

/** The colour of a share between 0 and 1. */
export function rampColor(share: number, scheme: 'light' | 'dark'): string {
  const ramp = RAMPS[scheme];
  const place = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const at = Math.min(Math.floor(place), ramp.length - 2);
  const [low = '#000000', high = '#000000'] = ramp.slice(at, at + 2);
  const channel = (from: number) => {
    const [a, b] = [low, high].map((color) => Number.parseInt(color.slice(from, from + 2), 16)) as [
      number,
      number,
    ];
    return Math.round(a + (b - a) * (place - at));
  };
  return `rgb(${channel(1)}, ${channel(3)}, ${channel(5)})`;
}
