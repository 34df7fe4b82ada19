/**
 * The only place that fetches. The page asks its own origin, by the same proxy paths that Grafana has:
 * `/api/datasources/proxy/uid/<uid>/…`.
 */

/** Anything that kept an answer from coming, in words for the person who looks at the panel. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** The path of a data source behind the page's own origin. */
export function dataSourcePath(uid: string, path: string): string {
  return `/api/datasources/proxy/uid/${encodeURIComponent(uid)}${path}`;
}

/** Asks and parses JSON. Long queries go by POST form where the product takes both. */
export async function getJson<T>(
  path: string,
  params: Params,
  signal?: AbortSignal,
  headers?: HeadersInit,
): Promise<T> {
  const query = encode(params);
  const url = query ? `${path}?${query}` : path;
  return parse<T>(
    await send(url, { headers: { Accept: 'application/json', ...headers }, ...(signal && { signal }) }),
  );
}

/** As {@link getJson}, with the parameters in the body. */
export async function postForm<T>(
  path: string,
  params: Params,
  signal?: AbortSignal,
  headers?: HeadersInit,
): Promise<T> {
  const form = {
    Accept: 'application/json',
    'Content-Type': 'application/x-www-form-urlencoded',
    ...headers,
  };
  return parse<T>(
    await send(path, { method: 'POST', body: encode(params), headers: form, ...(signal && { signal }) }),
  );
}

/** Sends a JSON body; for the few calls that change something. */
export async function sendJson<T>(method: string, path: string, body: unknown): Promise<T> {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
  return parse<T>(await send(path, { method, headers, body: JSON.stringify(body) }));
}

function encode(params: Params): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) pairs.append(name, String(one));
  }
  return pairs.toString();
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('the lab does not answer; start it, or reload this page when it runs', 0);
  }
}

async function parse<T>(response: Response): Promise<T> {
  const text = await response.text();
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (!response.ok)
    throw new ApiError(reason(body) ?? (text.trim().slice(0, 500) || response.statusText), response.status);
  if (body === undefined) throw new ApiError('the answer is not JSON', response.status);
  return body as T;
}

/** The sentence inside the error bodies of Prometheus, Grafana and RFC 9457. */
function reason(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  for (const key of ['error', 'detail', 'message']) {
    const value = (body as Record<string, unknown>)[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
