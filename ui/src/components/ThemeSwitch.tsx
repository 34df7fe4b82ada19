/** Switches between the system's theme, light and dark. */
import { type Theme, useTheme } from '../state/settings';

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const SIGN: Record<Theme, string> = { system: '◐', light: '☀', dark: '☾' };

export function ThemeSwitch() {
  const [theme, choose] = useTheme();
  const label = `Theme: ${theme}`;
  return (
    <button
      type="button"
      className="quiet"
      onClick={() => choose(NEXT[theme])}
      aria-label={label}
      title={label}
    >
      <span aria-hidden="true">{SIGN[theme]}</span>
    </button>
  );
}
