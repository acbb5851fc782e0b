// Clients that the peers bring along, as the entries of a clients file.

import { createHash } from 'node:crypto';

/** Stands for a secret in a clients file: SHA-256 of the secret's bytes, base64url. */
const hash = (secret) => createHash('sha256').update(secret).digest('base64url');

// A JSON text of strings, lists and tables becomes an inline TOML value when its colons become equals signs.
const inline = (value) => {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    return `{ ${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)} = ${inline(one)}`).join(', ')} }`;
  }
  return JSON.stringify(value);
};

/** One `[[client]]`: proves itself with `secret` or with the keys `jwks`. */
export function client(id, { secret, jwks, redirect, postLogout = [], providers = ['vneid'], grants = ['authorization_code', 'refresh_token'] }) {
  const entry = {
    client_id: id,
    name: { vi: `Thử ${id}`, en: `Peer ${id}` },
    legal_entity: { code: '000.00.99.H19', vi: 'Đơn vị thử nghiệm', en: 'Test body' },
    purpose: { vi: 'Kiểm tra kết nối', en: 'Testing the connection' },
    legal_basis: 'Thoả thuận thử nghiệm',
    credentials: secret ? { method: 'legacy_secret', secret_sha256: hash(secret) } : { method: 'private_key_jwt', jwks },
    legacy: Boolean(secret),
    redirect_uris: [redirect],
    post_logout_redirect_uris: postLogout,
    grant_types: grants,
    scopes: ['openid', 'profile', 'offline_access'],
    claims: ['name', 'birthdate'],
    providers,
  };
  return `[[client]]\n${Object.entries(entry).map(([key, value]) => `${key} = ${inline(value)}\n`).join('')}\n`;
}
