/** Markdown or HTML of a dashboard with its variables, cleaned of everything that could run or load. */
import DOMPurify from 'dompurify';
import { marked } from 'marked';
import { useMemo } from 'react';
import { interpolate } from '../../dashboard/interpolate';
import type { PanelProps } from '../props';
import './TextPanel.css';

/** Dashboards are text from outside: no styles, forms, frames or media, and links of known kinds only. */
const CLEAN = {
  FORBID_TAGS: ['style', 'form', 'input', 'button', 'iframe', 'img', 'video', 'audio', 'svg', 'math'],
  FORBID_ATTR: ['style', 'id', 'class', 'name'],
  ALLOWED_URI_REGEXP: /^(?:https?:|\/(?!\/)|#)/i,
};

interface TextOptions {
  mode?: string;
  content?: string;
  code?: { language?: string };
}

export function TextPanel({ panel, scope }: PanelProps) {
  const { mode = 'markdown', content = '', code } = (panel.options ?? {}) as TextOptions;
  // Values of variables are text in markup, whatever they hold.
  const filled = interpolate(
    content,
    scope,
    mode === 'code' ? (code?.language === 'json' ? 'json' : 'text') : 'html',
  );
  const html = useMemo(() => {
    if (mode === 'code') return '';
    const raw = mode === 'html' ? filled : marked.parse(filled, { async: false });
    return DOMPurify.sanitize(raw, CLEAN);
  }, [mode, filled]);
  if (mode === 'code') return <pre className="text-panel">{filled}</pre>;
  // biome-ignore lint/security/noDangerouslySetInnerHtml: cleaned by DOMPurify above, and the CSP forbids scripts
  return <div className="text-panel" dangerouslySetInnerHTML={{ __html: html }} />;
}
