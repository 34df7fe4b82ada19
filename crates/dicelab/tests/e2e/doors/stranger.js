// Tries what a page of another origin can try. Each attempt says by `got` what it could read or do; null is nothing.
const outcome = async (how, what, attempt) => {
  const late = new Promise((resolve) => setTimeout(() => resolve(null), 10000));
  try {
    return { how, what, got: await Promise.race([attempt(), late]) };
  } catch {
    return { how, what, got: null };
  }
};

// What the browser lets the page see of an answer; an opaque one shows nothing.
const read = async (url, options) => {
  const response = await fetch(url, options);
  return response.type === 'opaque' ? null : `${response.status} ${await response.text()}`;
};

// An element that loads something from the address.
const load = (name, url) =>
  new Promise((resolve) => {
    const element = document.createElement(name);
    element.onload = () => resolve('loaded');
    element.onerror = () => resolve(null);
    element.src = url;
    document.body.append(element);
  });

// A form that is sent into a frame, whose document is out of the page's sight unless it is the page's own.
const submit = (url, body) =>
  new Promise((resolve) => {
    const frame = document.createElement('iframe');
    frame.name = `frame${Math.random()}`;
    const form = document.createElement('form');
    Object.assign(form, { action: url, method: 'post', target: frame.name, enctype: 'text/plain' });
    const field = document.createElement('input');
    Object.assign(field, { name: body, value: '' });
    form.append(field);
    document.body.append(frame, form);
    frame.onload = () => {
      let text = null;
      try {
        text = frame.contentDocument?.body.textContent || null;
      } catch {}
      resolve(text);
    };
    form.submit();
    setTimeout(() => resolve(null), 3000);
  });

const listen = (url) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => resolve('open');
    socket.onerror = () => resolve(null);
  });

const all = async () => {
  const outcomes = [];
  for (const { method, url, body } of tries.routes) {
    const what = `${method} ${url}`;
    const simple = method === 'GET' ? { method } : { method: 'POST', body };
    const asked = { method, headers: { 'content-type': 'application/json', 'x-stranger': '1' } };
    if (method !== 'GET') asked.body = body;
    outcomes.push(
      ...(await Promise.all([
        outcome('fetch', what, () => read(url, simple)),
        outcome('fetch without reading', what, () => read(url, { ...simple, mode: 'no-cors' })),
        outcome('fetch, asked first', what, () => read(url, asked)),
        outcome('image', what, () => load('img', url)),
        outcome('script', what, () => load('script', url)),
        outcome('form', what, () => submit(url, body)),
      ])),
    );
  }
  for (const url of tries.sockets) outcomes.push(await outcome('socket', url, () => listen(url)));
  await fetch('/report', { method: 'POST', body: JSON.stringify(outcomes) });
};
all();
