// What a browser reads from a page: its forms, and the cookies it is told to keep.

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Text with its character references resolved. */
export function decode(text) {
  return text.replace(/&(#x[0-9a-f]+|#[0-9]+|[a-z]+);/gi, (whole, name) => {
    if (name[0] !== '#') return ENTITIES[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return String.fromCodePoint(code);
  });
}

function attributes(source) {
  const found = {};
  for (const [, name, , double, single, bare] of source.matchAll(/([^\s=/>]+)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)) {
    found[name.toLowerCase()] = decode(double ?? single ?? bare ?? '');
  }
  return found;
}

/** The forms of a page: `{ action, method, fields: [{ name, value, type }], buttons: [{ name, value }] }`. */
export function forms(html) {
  const found = [];
  let form;
  for (const [, closing, tag, source] of html.matchAll(/<(\/?)(form|input|button)\b((?:[^>"']|"[^"]*"|'[^']*')*)>/gi)) {
    const name = tag.toLowerCase();
    if (name === 'form') {
      if (closing) form = undefined;
      else {
        const { action = '', method = 'get' } = attributes(source);
        form = { action, method: method.toLowerCase(), fields: [], buttons: [] };
        found.push(form);
      }
    } else if (form && !closing) {
      const { name: field, value = '', type = name === 'button' ? 'submit' : 'text', checked } = attributes(source);
      if (type === 'submit') form.buttons.push({ name: field, value });
      else if (field && type !== 'button' && ((type !== 'checkbox' && type !== 'radio') || checked !== undefined)) {
        form.fields.push({ name: field, value, type });
      }
    }
  }
  return found;
}

/** The words of a page, for a message that says where somebody got stuck. */
export function words(html) {
  const body = html.replace(/<(style|script|svg)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return decode(body).replace(/\s+/g, ' ').trim();
}

/** Cookies of one browser. As in a browser, the port is no part of a cookie's place (RFC 6265 §8.5). */
export class Cookies {
  #kept = new Map();

  take(url, lines = []) {
    for (const line of lines) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const settings = Object.fromEntries(rest.map((part) => [part.split('=')[0].toLowerCase(), part.slice(part.indexOf('=') + 1)]));
      const folder = url.pathname.slice(0, url.pathname.lastIndexOf('/')) || '/';
      const path = settings.path?.startsWith('/') ? settings.path : folder;
      const host = settings.domain?.replace(/^\./, '') || url.hostname;
      const ended = settings['max-age'] !== undefined ? Number(settings['max-age']) <= 0 : Date.parse(settings.expires ?? '') < Date.now();
      const key = `${host} ${path} ${name}`;
      if (ended) this.#kept.delete(key);
      else this.#kept.set(key, { host, path, name, value: pair.slice(pair.indexOf('=') + 1) });
    }
  }

  header(url) {
    const fits = ({ host, path }) =>
      (url.hostname === host || url.hostname.endsWith(`.${host}`)) &&
      (url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`));
    const sent = [...this.#kept.values()].filter(fits).sort((a, b) => b.path.length - a.path.length);
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ');
  }
}
