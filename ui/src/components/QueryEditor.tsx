/** An editor of one query: highlighted and completed in its language, run by Enter (Shift+Enter breaks the line). */
import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorState, type Extension, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useEffectEvent, useRef } from 'react';
import './QueryEditor.css';

interface QueryEditorProps {
  value: string;
  language: Extension;
  label: string;
  hint: string;
  onChange: (value: string) => void;
  onRun: (value: string) => void;
}

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--code-keyword)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.name)], color: 'var(--code-function)' },
  { tag: tags.labelName, color: 'var(--code-label)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.literal], color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--text-2)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);

export function QueryEditor({ value, language, label, hint, onChange, onRun }: QueryEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useEffectEvent(onChange);
  const asked = useEffectEvent(onRun);
  const first = useRef(value);

  useEffect(() => {
    if (!place.current) return undefined;
    const run = (editor: EditorView) => {
      asked(editor.state.doc.toString());
      return true;
    };
    const state = EditorState.create({
      doc: first.current,
      extensions: [
        Prec.high(keymap.of([{ key: 'Mod-Enter', run }])),
        language,
        autocompletion(),
        closeBrackets(),
        history(),
        keymap.of([...completionKeymap, { key: 'Enter', run }, ...defaultKeymap, ...historyKeymap]),
        syntaxHighlighting(colors),
        placeholder(hint),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          first.current = update.state.doc.toString();
          changed(first.current);
        }),
      ],
    });
    const made = new EditorView({ state, parent: place.current });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, [language, label, hint]);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);
  return <div className="query-editor" ref={place} />;
}
