// The callers that docs/call-the-bus.md shows, as they stand there: curl with openssl, Node and Python with RFC 9421
// libraries of others. Each makes signed calls, and believes no answer that somebody on the way has touched.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bus, CLIENT, ownGateway, request } from './gateway/bus.mjs';
import { digest } from './gateway/signed.mjs';
import { folder, freePort } from './processes.mjs';
import { province } from './province.mjs';

const PYTHON = process.env.TEST_PYTHON ?? path.join(import.meta.dirname, '../.work/python/bin/python');
const CALLERS = {
  'curl and openssl': ['bash', 'curl_caller.sh'],
  'http-message-signatures (npm)': [process.execPath, 'node_caller.mjs'],
  'http-message-signatures (PyPI)': [PYTHON, 'python_caller.py'],
};
const BUSINESS = 'VN/GOV/000.00.00.H19/dang-ky-kinh-doanh/HoKinhDoanh';
const STRANGER = 'VN/GOV/000.00.16.H19/khong-quyen';
const stops = [];
const stop = (one) => stops.push(one);
let ours;
let between;

before(async () => {
  ours = bus(await province(stop));
  between = await somebodyOnTheWay();
});

after(async () => {
  for (const one of stops.reverse()) await one();
});

/**
 * Who holds the certificate and key of the gateway's listener, and so the TLS connection, but not the key of its answers:
 * passes everything on to a gateway and back through `touch`.
 */
async function somebodyOnTheWay() {
  const port = await freePort([0, 1, 2]);
  await ownGateway(stop, ours, { port: port + 1, authority: `localhost:${port}`, storage: 'path = "peer-gateway.db"' });
  const made = { origin: `https://localhost:${port}`, touch: (answer) => answer, seen: [] };
  const tls = { cert: readFileSync(ours.file('gateway.pem')), key: readFileSync(ours.file('gateway.key')) };
  const server = https.createServer(tls, async (asked, response) => {
    const parts = [];
    for await (const part of asked) parts.push(part);
    const headers = asked.rawHeaders.filter((_, index, all) => all[index & ~1].toLowerCase() !== 'host');
    const answer = await request(`${made.origin}${asked.url}`, { ...ours.tls('mot-cua'), method: asked.method, headers, body: Buffer.concat(parts), port: port + 1 });
    delete answer.headers.connection;
    made.seen.push(answer);
    const touched = made.touch({ ...answer, headers: { ...answer.headers } });
    if (touched.body.length !== answer.body.length) touched.headers['content-length'] = touched.body.length;
    response.writeHead(touched.status, touched.headers).end(touched.body);
  });
  await new Promise((resolve) => server.listen(port, 'localhost', resolve));
  stop(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())));
  return made;
}

/** Runs a caller; `more` overrides what it is told. */
async function call([program, script], { body, ...more } = {}) {
  const args = [path.join(import.meta.dirname, 'gateway', script)];
  if (body) {
    args.push(path.join(folder(stop), 'body.json'));
    writeFileSync(args[1], body);
  }
  const told = {
    GATEWAY: ours.gateway,
    CA: ours.file('ca.pem'),
    CERT: ours.file('mot-cua.pem'),
    KEY: ours.file('mot-cua.key'),
    KEY_ID: 'mot-cua',
    GATEWAY_KEY: ours.file('gateway-answers.pub'),
    CLIENT,
    SERVICE: BUSINESS,
    BELOW: '/8001234567',
    PURPOSE: 'giai-quyet-tthc',
    LEGAL_BASIS: '168/2025/ND-CP',
    ...more,
  };
  const child = spawn(program, args, { env: { ...process.env, ...told }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const status = await new Promise((resolve) => child.once('close', resolve));
  return { status, out, said };
}

/** Changes one letter of a header. */
const letter = (value) => value.replace(/[a-z](?=[^a-z]*$)/i, (found) => (found === 'x' ? 'y' : 'x'));

const TOUCHES = {
  'another body': (answer) => ({ ...answer, body: Buffer.from(answer.body.toString().replace('8001234567', '8001234568')) }),
  'another body with its digest': (answer) => {
    const touched = TOUCHES['another body'](answer);
    touched.headers['content-digest'] = digest(touched.body);
    return touched;
  },
  'another status': (answer) => ({ ...answer, status: 201 }),
  'another decision': (answer) => ((answer.headers['lgsp-decision'] = letter(answer.headers['lgsp-decision'])), answer),
  'another record': (answer) => ((answer.headers['lgsp-record'] = letter(answer.headers['lgsp-record'])), answer),
  'no signature': (answer) => (delete answer.headers.signature, delete answer.headers['signature-input'], answer),
  'the answer to an earlier message': (answer) => between.seen.at(-2) ?? answer,
};
for (const [name, caller] of Object.entries(CALLERS)) {
  describe(name, () => {
    test('gets the fields of the agreement and no others, and believes the answer', async () => {
      const { status, out, said } = await call(caller);
      assert.equal(status, 0, said);
      assert.deepEqual(Object.keys(JSON.parse(out)).sort(), ['ma_so', 'ten', 'tinh_trang']);
      assert.match(said, /record: +\S+/);
    });

    test('sends a body that is covered', async () => {
      const { status, out, said } = await call(caller, { BELOW: '/tra-cuu', body: '{"ma_so":"8002345678"}' });
      assert.equal(status, 0, said);
      assert.equal(JSON.parse(out).ma_so, '8002345678');
    });

    test('believes a refusal that is signed, too', async () => {
      const { status, said } = await call(caller, { PURPOSE: 'tra-cuu-danh-muc' });
      assert.equal(status, 1, said);
      assert.match(said, /refused: +access-denied/);
      const other = { CLIENT: STRANGER, CERT: ours.file('khong-quyen.pem'), KEY: ours.file('khong-quyen.key'), KEY_ID: 'khong-quyen' };
      assert.match((await call(caller, other)).said, /refused: +access-denied/);
    });

    test('is told when another key has signed its message', async () => {
      const { status, said } = await call(caller, { KEY_ID: 'khong-quyen' });
      assert.equal(status, 1, said);
      assert.match(said, /refused: +signature-invalid/);
    });

    test('takes the address with a slash at its end, and a key of messages beside that of the certificate', async () => {
      const slash = await call(caller, { GATEWAY: `${ours.gateway}/`, SIGNING_KEY: ours.file('mot-cua.key') });
      assert.equal(slash.status, 0, slash.said);
      const { status, said } = await call(caller, { SIGNING_KEY: ours.file('khong-quyen.key') });
      assert.equal(status, 1, said);
      assert.match(said, /refused: +signature-invalid/);
    });

    test('does not believe what another key has signed', async () => {
      const { status, said } = await call(caller, { GATEWAY_KEY: ours.file('mot-cua.pub') });
      assert.equal(status, 2, said);
    });

    test('believes what somebody on the way has not touched', async () => {
      between.touch = (answer) => answer;
      const { status, said } = await call(caller, { GATEWAY: between.origin });
      assert.equal(status, 0, said);
    });

    for (const [what, touch] of Object.entries(TOUCHES)) {
      test(`does not believe ${what}`, async () => {
        between.touch = touch;
        const { status, out, said } = await call(caller, { GATEWAY: between.origin });
        assert.equal(status, 2, said);
        assert.equal(out, '');
      });
    }
  });
}
