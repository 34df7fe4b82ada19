/**
 * Finds spans of a trace: words that any of their texts contains, `key=value` and `key!=value` of their attributes,
 * `duration>10ms`, `duration<1s`; quotes hold blanks together. All of it must be met. Pure.
 */
import type { Attributes, Span } from '../api/tempo';
import { parseDuration } from '../lib/duration';
import type { Row } from './tree';

export interface SpanFilter {
  text: string;
  /** One service; empty for all. */
  service: string;
  /** Failed spans only. */
  errors: boolean;
}

type Test = (span: Span) => boolean;

/** What spans must meet; `undefined` if nothing is asked. */
export function testOf({ text, service, errors }: SpanFilter): Test | undefined {
  const tests: Test[] = [
    ...wordsOf(text).map(testOfWord),
    ...(service ? [(span: Span) => span.service === service] : []),
    ...(errors ? [(span: Span) => span.error] : []),
  ];
  return tests.length > 0 ? (span) => tests.every((test) => test(span)) : undefined;
}

const WORD = /(?:[^\s"]|"[^"]*"?)+/g;

function wordsOf(text: string): string[] {
  return (text.match(WORD) ?? []).map((word) => word.replaceAll('"', '')).filter(Boolean);
}

function testOfWord(word: string): Test {
  const duration = /^duration([<>]=?)(.+)$/.exec(word);
  const limit = duration && parseDuration(duration[2] ?? '');
  if (duration && limit !== undefined && limit !== null) {
    const above = duration[1]?.startsWith('>');
    return (span) => (above ? span.duration >= limit : span.duration <= limit);
  }
  const pair = /^([^=!<>]+)(!?=)(.*)$/.exec(word);
  if (pair) {
    const [, key = '', sign, value = ''] = pair;
    const has = (span: Span) => valuesOf(span, key).some((one) => one.toLowerCase() === value.toLowerCase());
    return sign === '=' ? has : (span) => !has(span);
  }
  const part = word.toLowerCase();
  return (span) => textsOf(span).some((text) => text.toLowerCase().includes(part));
}

/** What a span has under a key, whichever part of it says so. */
function valuesOf(span: Span, key: string): string[] {
  const own: Record<string, string> = {
    service: span.service,
    name: span.name,
    kind: span.kind,
    id: span.id,
    status: span.error ? 'error' : 'unset',
  };
  const named = [
    span.attributes,
    span.resource,
    span.scope,
    ...span.events.map(({ attributes }) => attributes),
  ];
  const found = named.flatMap((attributes) => (key in attributes ? [written(attributes[key])] : []));
  const intrinsic = own[key];
  return intrinsic === undefined ? found : [intrinsic, ...found];
}

function textsOf(span: Span): string[] {
  const { service, name, kind, id, statusMessage, attributes, resource, scope, events } = span;
  return [
    service,
    name,
    kind,
    id,
    statusMessage,
    ...[attributes, resource, scope].flatMap(textsOfAttributes),
    ...events.flatMap((event) => [event.name, ...textsOfAttributes(event.attributes)]),
  ];
}

function textsOfAttributes(attributes: Attributes): string[] {
  return Object.entries(attributes).flatMap(([name, value]) => [name, written(value)]);
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The rows that match, under those that lead to them. */
export function onlyMatching(rows: readonly Row[], matches: ReadonlySet<string>): Row[] {
  // How many matches stand in the rows before each one.
  const before = [0];
  for (const { span } of rows) before.push((before.at(-1) ?? 0) + Number(matches.has(span.id)));
  const kept = rows.map(({ descendants }, at) => (before[at + descendants + 1] ?? 0) > (before[at] ?? 0));
  const keptBefore = [0];
  for (const one of kept) keptBefore.push((keptBefore.at(-1) ?? 0) + Number(one));
  return rows.flatMap((row, at) => {
    if (!kept[at]) return [];
    const descendants = (keptBefore[at + row.descendants + 1] ?? 0) - (keptBefore[at + 1] ?? 0);
    return [{ ...row, descendants }];
  });
}
