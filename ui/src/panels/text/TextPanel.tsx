/** Markdown or HTML of a dashboard, cleaned of everything that could run or load. */
import DOMPurify from 'dompurify';
import { marked } from 'marked';
import { useMemo } from 'react';
import type { PanelProps } from '../props';
import './TextPanel.css';

/** Dashboards are text from outside: no styles, forms, frames or media, and links of known kinds only. */
const CLEAN = {
  FORBID_TAGS: ['style', 'form', 'input', 'button', 'iframe', 'img', 'video', 'audio', 'svg', 'math'],
  FORBID_ATTR: ['style', 'id', 'class', 'name'],
  ALLOWED_URI_REGEXP: /^(?:https?:|\/(?!\/)|#)/i,
};

export function TextPanel({ panel }: PanelProps) {
  const { mode = 'markdown', content = '' } = (panel.options ?? {}) as { mode?: string; content?: string };
  const html = useMemo(() => {
    const raw = mode === 'html' ? content : marked.parse(content, { async: false });
    return DOMPurify.sanitize(raw, CLEAN);
  }, [mode, content]);
  if (mode === 'code') return <pre className="text-panel">{content}</pre>;
  // biome-ignore lint/security/noDangerouslySetInnerHtml: cleaned by DOMPurify above, and the CSP forbids scripts
  return <div className="text-panel" dangerouslySetInnerHTML={{ __html: html }} />;
}
