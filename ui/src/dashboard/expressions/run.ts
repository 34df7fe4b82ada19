/** The server-side expressions of a panel, which are calculated here: targets whose data source is `__expr__`. Pure. */
import type { ExpressionJson, TargetJson } from '../../lib/dashboardJson';
import type { Frame } from '../../lib/frame';
import type { TimeRange } from '../../lib/timeRange';
import { dataSourceUid } from '../model';
import { ExpressionError, framesOf, type Item, itemsOf } from './items';
import { calculate, namesIn } from './math';
import { judged, reduced, resampled } from './shape';

const SOURCE = '__expr__';

/** Whether a target is an expression over the others. */
export function isExpression({ datasource }: TargetJson): boolean {
  const type = typeof datasource === 'object' ? datasource?.type : undefined;
  return type === SOURCE || dataSourceUid(datasource) === SOURCE || dataSourceUid(datasource) === '-100';
}

/** The queries of which an expression is made. */
export function neededBy({ type, expression = '' }: ExpressionJson): string[] {
  return type === 'math' ? namesIn(expression) : [bare(expression)];
}

/** The frames of an expression; `answers` holds what the queries gave, by their names. */
export function runExpressions(
  targets: readonly TargetJson[],
  answers: ReadonlyMap<string, { frames: readonly Frame[]; instant: boolean }>,
  range: TimeRange,
): Map<string, Frame[]> {
  const expressions = new Map(targets.filter(isExpression).map((one) => [one.refId ?? '', one]));
  const done = new Map<string, readonly Item[]>();
  const itemsFor = (refId: string, path: readonly string[]): readonly Item[] | undefined => {
    const known = done.get(refId);
    if (known) return known;
    const answer = answers.get(refId);
    const json = expressions.get(refId);
    if (path.includes(refId)) throw new ExpressionError(`$${refId} depends on itself`);
    const items = answer
      ? itemsOf(answer.frames, answer.instant)
      : json && evaluate(json, (name) => itemsFor(name, [...path, refId]), range);
    if (items) done.set(refId, items);
    return items;
  };
  const frames = new Map<string, Frame[]>();
  for (const refId of expressions.keys()) {
    try {
      frames.set(refId, framesOf(itemsFor(refId, []) ?? [], refId, range.to));
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new ExpressionError(`expression ${refId}: ${error.message}`);
    }
  }
  return frames;
}

function evaluate(
  json: ExpressionJson,
  lookup: (refId: string) => readonly Item[] | undefined,
  range: TimeRange,
): Item[] {
  const { type = 'math', expression = '' } = json;
  if (type === 'math') return calculate(expression, lookup);
  const shape = SHAPES[type];
  if (!shape) throw new ExpressionError(`the page does not calculate expressions of the type “${type}”`);
  const items = lookup(bare(expression));
  if (!items) throw new ExpressionError(`the panel has no query $${bare(expression)}`);
  return shape(items, json, range);
}

const SHAPES: Readonly<
  Record<string, (items: readonly Item[], json: ExpressionJson, range: TimeRange) => Item[]>
> = { reduce: reduced, resample: resampled, threshold: judged };

/** `A` of `A`, `$A` or `${A}`. */
function bare(expression: string): string {
  return expression.trim().replace(/^\$\{?|\}$/g, '');
}
