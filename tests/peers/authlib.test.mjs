// Authlib and joserfc (PyPI), the relying party of the Python world, against the broker. Python asks, the person here goes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { client } from './clients.mjs';
import { Person } from './person.mjs';
import { province } from './province.mjs';

const PYTHON = process.env.TEST_PYTHON ?? path.join(import.meta.dirname, '../.work/python/bin/python');
const REDIRECT = 'http://127.0.0.1:7996/cb';
const stops = [];
let world;
let key;

before(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  key = { ...(await exportJWK(privateKey)), kid: 'authlib-1' };
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'authlib-1', use: 'sig', alg: 'ES256' }] };
  world = await province((stop) => stops.push(stop), { clients: client('authlib', { jwks, redirect: REDIRECT }) });
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** Lets the Python client go its way, answers what it asks, and gives its reports: `[{ step, fault }]`. */
async function drive(relyingParty) {
  const child = spawn(PYTHON, [path.join(import.meta.dirname, 'authlib_client.py')], { stdio: ['pipe', 'pipe', 'pipe'] });
  stops.push(() => child.kill());
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  child.stdin.on('error', () => {});
  const write = (text) => child.stdin.write(`${text}\n`);
  write(JSON.stringify({ issuer: world.issuer, client: relyingParty }));
  const person = new Person();
  const reports = [];
  for await (const line of createInterface(child.stdout)) {
    const message = JSON.parse(line);
    if (message.visit) write((await person.visit(message.visit, relyingParty.redirect).catch((error) => ((errors += error), ''))).toString());
    else if (message.open) write(String((await person.open(message.open)).status));
    else if (message.step) reports.push(message);
    else if (message.end) {
      assert.equal(reports.length, message.end);
      return reports;
    }
  }
  throw new Error(`Python ended early:\n${errors}`);
}

for (const method of ['client_secret_basic', 'private_key_jwt']) {
  test(`Authlib with ${method}`, async (t) => {
    const secret = method === 'client_secret_basic';
    const reports = await drive(
      secret
        ? { id: 'thu-nghiem', secret: world.secret('thu-nghiem'), method, redirect: 'http://127.0.0.1:7999/cb' }
        : { id: 'authlib', key, method, redirect: REDIRECT },
    );
    for (const { step, fault } of reports) await t.test(step, () => assert.equal(fault, null, fault));
  });
}
