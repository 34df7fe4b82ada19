/** The three query languages in the editor: grammar, and completion from the live stores. */
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { LanguageSupport, LRLanguage } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { parser as logql } from '@grafana/lezer-logql';
import { parser as traceql } from '@grafana/lezer-traceql';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { dataSourcePath } from '../api/client';
import * as loki from '../api/loki';
import * as tempo from '../api/tempo';

/** PromQL with completion and linting by Prometheus' own editor library. */
export function promql(uid: string): Extension {
  return new PromQLExtension()
    .setComplete({ remote: { url: dataSourcePath(uid, ''), httpMethod: 'GET' } })
    .asExtension();
}

/** LogQL; completes label names and values inside a selector. */
export function logQl(uid: string): Extension {
  const language = LRLanguage.define({ parser: logql });
  const complete = (context: CompletionContext) =>
    completeSelector(context, {
      names: () => loki.labelNames(uid),
      values: (name) => loki.labelValues(uid, name),
    });
  return new LanguageSupport(language, [language.data.of({ autocomplete: complete })]);
}

/** TraceQL; completes attribute names and values. */
export function traceQl(uid: string): Extension {
  const language = LRLanguage.define({ parser: traceql });
  const complete = (context: CompletionContext) =>
    completeSelector(context, {
      names: () => tempo.tagNames(uid),
      values: (name) => tempo.tagValues(uid, name),
    });
  return new LanguageSupport(language, [language.data.of({ autocomplete: complete })]);
}

interface Vocabulary {
  names: () => Promise<string[]>;
  values: (name: string) => Promise<string[]>;
}

/** Inside `{ … }`: after `name="` the values of that name, elsewhere the names. */
async function completeSelector(
  context: CompletionContext,
  vocabulary: Vocabulary,
): Promise<CompletionResult | null> {
  const before = context.state.sliceDoc(Math.max(0, context.pos - 400), context.pos);
  const inside = before.lastIndexOf('{') > before.lastIndexOf('}');
  if (!inside) return null;
  const value = /([\w.:]+)\s*(?:=~|!~|!=|=)\s*"([^"]*)$/.exec(before);
  if (value) {
    const values = await vocabulary.values(value[1] ?? '').catch(() => []);
    return {
      from: context.pos - (value[2] ?? '').length,
      options: values.map((label) => ({ label, type: 'text' })),
    };
  }
  const name = /[\w.:]*$/.exec(before)?.[0] ?? '';
  if (name === '' && !context.explicit && !/[{,&|]\s*$/.test(before)) return null;
  const names = await vocabulary.names().catch(() => []);
  return {
    from: context.pos - name.length,
    options: names.map((label) => ({ label, type: 'property' })),
    validFor: /^[\w.:]*$/,
  };
}
