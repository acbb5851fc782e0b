// A message of the profile lgsp-v1, signed and checked with node's own cryptography: small enough to be read beside the
// profile, and to be sent twice.

import { createHash, createPrivateKey, createPublicKey, randomBytes, randomUUID, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const digest = (body) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;

/** `{ url, method, headers (flat), body, named (headers by name) }`, signed by the department `mot-cua` as of now. */
export function signed(ours, server, { method = 'GET', service, path = '', client, purpose, legalBasis = '278/2025/ND-CP', body = '' }) {
  const url = new URL(`${server}/r1/${service}${path}`);
  const named = {
    'content-digest': digest(body),
    ...(body && { 'content-type': 'application/json' }),
    'lgsp-client': `"${client}"`,
    'lgsp-service': `"${service}"`,
    'lgsp-id': `"${randomUUID()}"`,
    'lgsp-purpose': `"${purpose}"`,
    'lgsp-legal-basis': `"${legalBasis}"`,
    'lgsp-actor': '?0',
  };
  const lines = [['@method', method], ['@authority', url.host], ['@path', url.pathname], ['@query', url.search || '?'], ...Object.entries(named)];
  const created = Math.floor(Date.now() / 1000);
  const names = lines.map(([name]) => `"${name}"`).join(' ');
  const params = `(${names});created=${created};expires=${created + 60};nonce="${randomBytes(16).toString('base64')}";keyid="mot-cua";tag="lgsp-v1"`;
  const base = [...lines.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${params}`].join('\n');
  const signature = sign(null, Buffer.from(base), createPrivateKey(readFileSync(ours.file('mot-cua.key')))).toString('base64');
  Object.assign(named, { 'signature-input': `lgsp=${params}`, signature: `lgsp=:${signature}:` });
  return { url, method, body, named, headers: Object.entries(named).flat() };
}

/** Whether an answer is signed by the gateway and bound to what was sent. */
export function verified(ours, sent, answer) {
  const [, params, list] = answer.headers['signature-input'].match(/^gw=(\(([^)]*)\).*)$/);
  const value = {
    '"@status"': String(answer.status),
    '"@method";req': sent.method,
    '"@path";req': sent.url.pathname,
    '"content-digest";req': sent.named['content-digest'],
    '"signature";req;key="lgsp"': sent.named.signature.replace(/^lgsp=/, ''),
  };
  const names = list.split(' ');
  for (const name of Object.keys(value)) if (!names.includes(name)) return false;
  const base = [...names.map((name) => `${name}: ${value[name] ?? answer.headers[name.slice(1, -1)]}`), `"@signature-params": ${params}`].join('\n');
  const [, signature] = answer.headers.signature.match(/^gw=:(.*):$/);
  const key = createPublicKey(readFileSync(ours.file('gateway-answers.pub')));
  return answer.headers['content-digest'] === digest(answer.body) && verify(null, Buffer.from(base), key, Buffer.from(signature, 'base64'));
}
