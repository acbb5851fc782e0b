// A person with a browser: follows redirects, keeps cookies, reads forms, types and presses. Knows the pages only by the
// names of their fields, as they are promised to vendors.

import http from 'node:http';
import { Cookies, forms, words } from './page.mjs';

const MOST_STEPS = 25;

export class Person {
  #cookies = new Cookies();
  #typed;
  #provider;

  /** `number` is the person's 12 digits, `provider` the one to choose. */
  constructor({ number = '075085000001', password = '123456', provider = 'vneid' } = {}) {
    // By field name: the page of VNeID, and that of oidc-provider.
    this.#typed = { so_dinh_danh: number, mat_khau: password, login: number, password };
    this.#provider = provider;
    /** Every address visited, newest last, without queries. */
    this.way = [];
  }

  /** One request as a browser sends it when somebody follows a link or presses a button. */
  async request(url, { method = 'GET', body, from } = {}) {
    url = new URL(url);
    const headers = {
      accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
      'accept-language': 'vi,en;q=0.5',
      'user-agent': 'Mozilla/5.0 (peer tests)',
      'sec-fetch-dest': 'document',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': from ? (new URL(from.url).origin === url.origin ? 'same-origin' : 'same-site') : 'none',
      'sec-fetch-user': '?1',
    };
    const cookie = this.#cookies.header(url);
    if (cookie) headers.cookie = cookie;
    if (method === 'POST') {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers['content-length'] = Buffer.byteLength(body);
      // Fetch standard, "append a request Origin header": a page without referrer has no origin either.
      headers.origin = from?.headers['referrer-policy'] === 'no-referrer' ? 'null' : new URL(from?.url ?? url).origin;
    }
    this.way.push(`${method} ${url.origin}${url.pathname}`);
    const answer = await new Promise((resolve, reject) => {
      const sent = http.request(url, { method, headers, timeout: 20_000 }, resolve);
      sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url.origin}${url.pathname}`)));
      sent.on('error', reject).end(body);
    });
    let text = '';
    for await (const part of answer.setEncoding('utf8')) text += part;
    this.#cookies.take(url, answer.headers['set-cookie']);
    return { url: url.href, status: answer.statusCode, headers: answer.headers, text };
  }

  /** Goes on from `url` until a redirect leads to an address that begins with `end`, and gives that address back. */
  async visit(url, end) {
    const arrived = await this.#go(url, end);
    if (!(arrived instanceof URL)) throw this.#stuck(arrived, `did not reach ${end}`);
    return arrived;
  }

  /** Goes on from `url` until a page needs no more of the person, and gives that page back. */
  async open(url) {
    return this.#go(url, undefined);
  }

  async #go(url, end) {
    let page = await this.request(url);
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const { location } = page.headers;
      if (location && page.status >= 300 && page.status < 400) {
        const next = new URL(location, page.url);
        if (end && next.href.startsWith(end)) return next;
        page = await this.request(next, { from: page });
        continue;
      }
      const action = this.#answer(forms(page.text));
      if (!action) return page;
      const target = new URL(action.form.action || page.url, page.url);
      if (action.form.method === 'get') target.search = action.fields.toString();
      else if (end && target.href.startsWith(end)) throw this.#stuck(page, 'a form leads to the end; only redirects are followed there');
      page =
        action.form.method === 'get'
          ? await this.request(target, { from: page })
          : await this.request(target, { method: 'POST', body: action.fields.toString(), from: page });
    }
    throw this.#stuck(page, 'the way has no end');
  }

  /** What the person does with a page: choose, type, or agree. */
  #answer(found) {
    const press = (form, button) => {
      const fields = new URLSearchParams();
      for (const { name, value, type } of form.fields) fields.append(name, type === 'hidden' ? value : (this.#typed[name] ?? value));
      if (button?.name) fields.append(button.name, button.value);
      return { form, fields };
    };
    const wanted = [['provider', this.#provider], ['decision', 'approve'], ['decision', 'sign_out']];
    for (const [name, value] of wanted) {
      for (const form of found) {
        const button = form.buttons.find((one) => one.name === name && one.value === value);
        if (button) return press(form, button);
      }
    }
    const typing = found.find((form) => form.fields.some(({ name, type }) => type !== 'hidden' && name in this.#typed));
    return typing && press(typing, typing.buttons[0]);
  }

  #stuck(page, why) {
    return new Error(`${why}: ${page.status} at ${page.url.split('?')[0]}: ${words(page.text).slice(0, 400)}\nway: ${this.way.join(' → ')}`);
  }
}
