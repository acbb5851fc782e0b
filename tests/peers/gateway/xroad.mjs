// An X-Road REST client, written from the published protocol (PR-REST, PR-MREST, PR-META) and nothing else: it knows no
// header of ours.

import { request } from './bus.mjs';

const encode = (id) => id.split('/').map(encodeURIComponent).join('/');

export class XRoadClient {
  /** `server` is the address of the security server, `client` the identifier of the calling subsystem. */
  constructor(server, client, tls) {
    Object.assign(this, { server, client, tls });
  }

  /** `{METHOD} /r1/{service}[/path][?query]` (PR-REST §4.1). */
  async call(method, service, { path = '', query = '', headers = [], body, client = this.client } = {}) {
    const named = client === null ? [] : ['X-Road-Client', encode(client)];
    return request(`${this.server}/r1/${encode(service)}${path}${query}`, { method, headers: [...named, ...headers], body, ...this.tls });
  }

  /** A metaservice of a subsystem (PR-MREST §4, §5). */
  async meta(subsystem, name, query = '') {
    return this.call('GET', `${subsystem}/${name}`, { query });
  }

  /** Everybody on the bus (PR-META §2): no client is named. */
  async listClients(headers = []) {
    return request(`${this.server}/listClients`, { headers, ...this.tls });
  }
}

/** The error of X-Road itself: `{ code, type, message, detail }`, or undefined when the answer is none (PR-REST §4.6). */
export function error(answer) {
  const code = answer.headers['x-road-error'];
  return code && { code, ...JSON.parse(answer.body) };
}

/** Codes changed their spelling from 7.8 on: compare without case, `_` and the parts that only say where. */
export const likens = (code, name) => code.toLowerCase().replaceAll('_', '').endsWith(name.toLowerCase().replaceAll('_', ''));
