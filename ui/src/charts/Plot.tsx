/** uPlot in React: built when its options change, fed when its data change, sized with its panel. */
import { useEffect, useEffectEvent, useLayoutEffect, useRef } from 'react';
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
  // New data and another size do not build the plot anew, so they are no dependencies of the effect below.
  const build = useEffectEvent(
    (parent: HTMLDivElement) => new uPlot({ ...options, width, height }, data, parent),
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: new options need a new plot
  useLayoutEffect(() => {
    if (!place.current) return undefined;
    const made = build(place.current);
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
