/** Stats and gauges of Grafana 6 kept units and thresholds in `options.fieldOptions`. */
import type { FieldConfigJson, PanelJson } from '../../lib/dashboardJson';

interface FieldOptions {
  calcs?: string[];
  values?: boolean;
  defaults?: FieldConfigJson;
  thresholds?: { color: string; value: number | null }[];
}

export function fromFieldOptions(old: PanelJson): PanelJson {
  const { fieldOptions, ...options } = (old.options ?? {}) as { fieldOptions?: FieldOptions };
  if (!fieldOptions) return old;
  const { calcs, values = false, defaults = {}, thresholds } = fieldOptions;
  const stepped = thresholds ? { thresholds: { mode: 'absolute' as const, steps: thresholds } } : {};
  return {
    ...old,
    fieldConfig: {
      defaults: { color: { mode: 'thresholds' }, ...stepped, ...defaults },
      overrides: old.fieldConfig?.overrides ?? [],
    },
    options: { ...options, reduceOptions: { calcs: calcs ?? ['lastNotNull'], values } },
  };
}
