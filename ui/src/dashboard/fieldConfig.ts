/** What a dashboard says about a column: unit, thresholds, mappings, colour, overrides. */
import { cssColor, paletteColor } from '../lib/color';
import type { FieldConfigJson, MappingJson, PanelJson, ThresholdsJson } from '../lib/dashboardJson';
import type { Field, Frame } from '../lib/frame';
import { formatValue } from '../lib/units';

/** The settings of one column after its overrides. */
export type FieldConfig = FieldConfigJson;

/** A value ready to be shown. */
export interface Display {
  text: string;
  color: string;
}

/** Applies the overrides that match this column, in their order. */
export function configOf(panel: PanelJson, frame: Frame, field: Field): FieldConfig {
  let config: FieldConfig = panel.fieldConfig?.defaults ?? {};
  for (const override of panel.fieldConfig?.overrides ?? []) {
    if (!matches(override.matcher, frame, field)) continue;
    for (const { id, value } of override.properties ?? []) config = withProperty(config, id, value);
  }
  return config;
}

/** The name to show for a column. */
export function nameOf(config: FieldConfig, frame: Frame, field: Field): string {
  const own = field.name || frame.name;
  if (!config.displayName) return own;
  return config.displayName.replace(
    /\$\{__(?:field\.labels\.(\w+)|field\.labels\["([^"]+)"\]|field\.name|field\.displayName|series\.name)\}/g,
    (_, label?: string, quoted?: string) => {
      const named = label ?? quoted;
      return named === undefined ? own : (field.labels?.[named] ?? '');
    },
  );
}

/** Writes a value with mappings, unit and decimals, and says its colour. */
export function display(value: number | string | null, config: FieldConfig, at = 0): Display {
  const mapped = mapping(value, config.mappings ?? []);
  const color = mapped?.color ? cssColor(mapped.color) : colorFor(value, config, at);
  if (mapped?.text !== undefined) return { text: mapped.text, color };
  if (typeof value === 'string') return { text: value, color };
  if (value === null && config.noValue) return { text: config.noValue, color };
  return { text: formatValue(value, config.unit, config.decimals), color };
}

/** The colour of a value: by threshold, fixed, or by the series' place. */
function colorFor(value: number | string | null, config: FieldConfig, at: number): string {
  switch (config.color?.mode) {
    case 'thresholds':
      return cssColor(thresholdColor(typeof value === 'number' ? value : null, config));
    case 'fixed':
    case 'shades':
      return cssColor(config.color.fixedColor);
    default:
      return paletteColor(at);
  }
}

/** The colour of the highest threshold that a value reaches. */
function thresholdColor(value: number | null, config: FieldConfig): string {
  const steps = absoluteSteps(config.thresholds, config.min ?? 0, config.max ?? 100);
  let color = steps[0]?.color ?? 'green';
  for (const step of steps) if (value !== null && value >= step.value) color = step.color;
  return color;
}

/** Thresholds as values on the axis; percentages are taken of the range. */
export function absoluteSteps(
  thresholds: ThresholdsJson | undefined,
  min: number,
  max: number,
): { color: string; value: number }[] {
  const percent = thresholds?.mode === 'percentage';
  return (thresholds?.steps ?? []).map(({ color, value }) => {
    if (value === null || value === undefined) return { color, value: Number.NEGATIVE_INFINITY };
    return { color, value: percent ? min + ((max - min) * value) / 100 : value };
  });
}

function matches(matcher: { id: string; options?: unknown }, frame: Frame, field: Field): boolean {
  const name = field.type === 'time' ? field.name : field.name || frame.name;
  switch (matcher.id) {
    case 'byName':
      return name === matcher.options || frame.name === matcher.options;
    case 'byRegexp':
      return regex(String(matcher.options))?.test(name) ?? false;
    case 'byNames': {
      const { names = [], mode } = (matcher.options ?? {}) as { names?: string[]; mode?: string };
      return names.includes(name) !== (mode === 'exclude');
    }
    case 'byType':
      return field.type === matcher.options;
    case 'byFrameRefID':
      return frame.refId === matcher.options;
    default:
      return false;
  }
}

/** Grafana writes `/pattern/flags` or the bare pattern; a broken one matches nothing. */
export function regex(text: string): RegExp | undefined {
  const written = /^\/(.*)\/([a-z]*)$/s.exec(text);
  try {
    return new RegExp(written?.[1] ?? text, (written?.[2] ?? '').replaceAll('g', ''));
  } catch {
    return undefined;
  }
}

function withProperty(config: FieldConfig, id: string, value: unknown): FieldConfig {
  if (id.startsWith('custom.')) return { ...config, custom: { ...config.custom, [id.slice(7)]: value } };
  return { ...config, [id]: value };
}

function mapping(
  value: number | string | null,
  mappings: MappingJson[],
): { text?: string; color?: string } | undefined {
  for (const one of mappings) {
    if (one.type === 'value') {
      const result = one.options[String(value)];
      if (result) return result;
    } else if (one.type === 'range' && typeof value === 'number') {
      const { from, to, result } = one.options;
      if (value >= (from ?? Number.NEGATIVE_INFINITY) && value <= (to ?? Number.POSITIVE_INFINITY))
        return result;
    } else if (one.type === 'regex' && typeof value === 'string') {
      if (regex(one.options.pattern)?.test(value)) return one.options.result;
    } else if (one.type === 'special' && isSpecial(value, one.options.match)) {
      return one.options.result;
    }
  }
  return undefined;
}

function isSpecial(value: number | string | null, match: string): boolean {
  const nan = typeof value === 'number' && Number.isNaN(value);
  const wanted: Record<string, boolean> = {
    null: value === null,
    nan,
    'null+nan': value === null || nan,
    empty: value === '',
    true: value === 'true',
    false: value === 'false',
  };
  return wanted[match] ?? false;
}
