/** What a query gives, asked in the cheapest way that tells it. */
import { ApiError } from '../../api/client';
import * as loki from '../../api/loki';
import * as prometheus from '../../api/prometheus';
import * as tempo from '../../api/tempo';
import type { Said } from '../../explore/corrections/correction';
import type { Signal } from '../../explore/signals';
import { asksForNumbers } from '../../explore/traceSearch';
import { labelsText } from '../../lib/frame';
import type { TimeRange } from '../../lib/timeRange';

/** Steps of a range that is only looked at. */
const STEPS = 20;

interface Probed extends Said {
  isEmpty: boolean;
}

interface Question {
  signal: Signal;
  /** The data source. */
  uid: string;
  query: string;
  range: TimeRange;
}

/** Asks a store; a refusal is part of the answer, and only a store that does not answer is an error. */
export async function probe(question: Question, abort: AbortSignal): Promise<Probed> {
  try {
    return await ask(question, abort);
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500)
      return { error: error.message, hints: [], isEmpty: true };
    throw error;
  }
}

async function ask({ signal, uid, query, range }: Question, abort: AbortSignal): Promise<Probed> {
  const steps = { ...range, step: Math.max(1000, Math.round((range.to - range.from) / STEPS)) };
  if (signal === 'metrics') {
    const { frames, hints } = await prometheus.queryInstant(uid, query, range.to, 'A', labelsText, abort);
    return { hints, isEmpty: frames.length === 0 };
  }
  if (signal === 'logs') {
    const { lines, frames, hints } = await loki.queryRange(
      uid,
      query,
      steps,
      { limit: 1, refId: 'A' },
      abort,
    );
    return { hints, isEmpty: lines.length + frames.length === 0 };
  }
  if (asksForNumbers(query)) {
    const { frames } = await tempo.queryRange(uid, query, steps, 'A', abort);
    return { hints: [], isEmpty: frames.length === 0 };
  }
  const { traces } = await tempo.search(uid, { query, ...range, limit: 1 }, abort);
  return { hints: [], isEmpty: traces.length === 0 };
}
