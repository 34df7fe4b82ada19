/** The recent past of a number, as a faint area along the lower edge. */

export function Sparkline({ values, color }: { values: readonly number[]; color: string }) {
  if (values.length < 2) return null;
  const min = Math.min(...values);
  const span = Math.max(...values) - min || 1;
  const points = values.map(
    (value, at) => `${(at / (values.length - 1)) * 100},${36 - ((value - min) / span) * 32}`,
  );
  return (
    <svg className="sparkline" viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true">
      <path d={`M0,40 L${points.join(' L')} L100,40 Z`} fill={color} opacity="0.14" />
      <path
        d={`M${points.join(' L')}`}
        fill="none"
        stroke={color}
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
