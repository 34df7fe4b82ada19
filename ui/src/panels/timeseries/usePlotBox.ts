/** Where a plot's inner area is, for what lies over it; renewed whenever the plot is drawn. */
import { useEffect, useReducer } from 'react';
import type uPlot from 'uplot';

export interface PlotBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

export function usePlotBox(plot: uPlot): PlotBox {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  // It moves with new data, another size or another range.
  useEffect(() => {
    const hooks = plot.hooks as { draw?: (() => void)[] | undefined };
    // eslint-disable-next-line react-hooks/immutability -- uPlot takes a hook in no other way once it is built
    hooks.draw = [...(hooks.draw ?? []), redraw];
    redraw();
    return () => {
      hooks.draw = hooks.draw?.filter((hook) => hook !== redraw);
    };
  }, [plot]);
  const ratio = window.devicePixelRatio || 1;
  return {
    left: plot.bbox.left / ratio,
    top: plot.bbox.top / ratio,
    width: plot.bbox.width / ratio,
    height: plot.bbox.height / ratio,
  };
}
