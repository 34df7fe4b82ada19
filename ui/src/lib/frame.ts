/** The one shape in which every data source hands its answer to every panel: columns of equal length. */

export type Labels = Readonly<Record<string, string>>;

type FieldType = 'time' | 'number' | 'string';

/** A column. Times are milliseconds since the epoch; a missing value is `null`. */
export interface Field {
  name: string;
  type: FieldType;
  values: (number | string | null)[];
  labels?: Labels;
}

/** A table; a time series is a frame of one time and one number column. */
export interface Frame {
  refId: string;
  name: string;
  fields: Field[];
  /** Of a series: the distance of its points as it was asked for, in milliseconds. */
  step?: number;
  /** Of a series that is a bucket with counts of its own, not cumulative ones: where the bucket begins. */
  bucketFrom?: string;
}

/** A point of a metric that remembers the trace behind it. */
export interface Exemplar {
  time: number;
  value: number;
  traceId: string;
  series: Labels;
  labels: Labels;
}

/** A log line with what is known of it. */
export interface LogLine {
  /** Nanoseconds since the epoch, as text: more digits than a number holds. */
  timestamp: string;
  line: string;
  labels: Labels;
  metadata: Labels;
}

/** How many rows a frame has. */
export function rowCount(frame: Frame): number {
  return frame.fields[0]?.values.length ?? 0;
}

/** A frame of one series. */
export function seriesFrame(
  refId: string,
  name: string,
  labels: Labels,
  times: number[],
  values: (number | null)[],
): Frame {
  return {
    refId,
    name,
    fields: [
      { name: 'Time', type: 'time', values: times },
      { name, type: 'number', values, labels },
    ],
  };
}

/**
 * `{a="b", c="d"}`, or the metric's name where there is one. A name with other characters than names had before UTF-8 stands
 * in quotation marks, as a selector has it.
 */
export function labelsText(labels: Labels): string {
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(
    ([key, value]) => `${/^[a-zA-Z_]\w*$/.test(key) ? key : JSON.stringify(key)}=${JSON.stringify(value)}`,
  );
  if (name && !/^[a-zA-Z_:][\w:]*$/.test(name)) return `{${[JSON.stringify(name), ...pairs].join(', ')}}`;
  return pairs.length > 0 || !name ? `${name}{${pairs.join(', ')}}` : name;
}
