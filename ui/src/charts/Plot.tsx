/** uPlot in React: built when its options change, fed when its data change, sized with its panel. */
import { useEffect, useLayoutEffect, useRef } from 'react';
import uPlot from 'uplot';

export interface PlotProps {
  /** Options without size; a new object rebuilds the plot. */
  options: Omit<uPlot.Options, 'width' | 'height'>;
  data: uPlot.AlignedData;
  width: number;
  height: number;
}

export function Plot({ options, data, width, height }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data, width, height });
  latest.current = { data, width, height };

  useLayoutEffect(() => {
    if (!place.current) return undefined;
    const { data: first, ...size } = latest.current;
    const made = new uPlot({ ...options, ...size }, first, place.current);
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [options]);

  useEffect(() => plot.current?.setData(data), [data]);
  useEffect(() => plot.current?.setSize({ width, height }), [width, height]);
  return <div ref={place} className="plot" />;
}
