// Clients made for X-Road, against the bus of a province.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { bus, CATALOG, CLIENT } from './gateway/bus.mjs';
import { error, likens, XRoadClient } from './gateway/xroad.mjs';
import { province } from './province.mjs';

const PYTHON = process.env.TEST_PYTHON ?? path.join(import.meta.dirname, '../.work/python/bin/python');
const PROVIDER = CATALOG.split('/').slice(0, 4).join('/');
const POPULATION = 'VN/GOV/000.00.00.G01/dancu';
const STRANGER = 'VN/GOV/000.00.16.H19/khong-quyen';
const stops = [];
let world;
let ours;
let mine;

before(async () => {
  world = await province((stop) => stops.push(stop));
  ours = bus(world);
  mine = new XRoadClient(ours.gateway, CLIENT, ours.tls('mot-cua'));
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

test('a call passes, and its answer says whose it is', async () => {
  const id = `test-${randomUUID()}`;
  const answer = await mine.call('GET', CATALOG, { path: '/dan-toc', headers: ['X-Road-Id', id, 'X-Road-UserId', 'VN075085000001', 'X-Road-Issue', 'H19-1'] });
  assert.equal(answer.status, 200, answer.body.toString());
  assert.equal(answer.headers['x-road-error'], undefined);
  assert.equal(answer.headers['x-road-id'], id);
  assert.equal(answer.headers['x-road-client'], CLIENT);
  assert.equal(answer.headers['x-road-service'], CATALOG);
  assert.match(answer.headers['x-road-request-id'], /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.equal(Buffer.from(answer.headers['x-road-request-hash'], 'base64').length, 64);
  assert.match(answer.headers['content-type'], /json/);
  JSON.parse(answer.body);
});

test('an id is made when the client gives none', async () => {
  const answer = await mine.call('GET', CATALOG, { path: '/dan-toc' });
  assert.equal(answer.status, 200);
  assert.ok(answer.headers['x-road-id']);
});

test('the metaservices describe what a subsystem offers', async () => {
  for (const name of ['listMethods', 'allowedMethods']) {
    const answer = await mine.meta(PROVIDER, name);
    assert.equal(answer.status, 200, answer.body.toString());
    const { service } = JSON.parse(answer.body);
    const found = service.find((one) => one.service_code === 'DanhMuc');
    assert.ok(found, `${name}: ${answer.body}`);
    assert.deepEqual(
      [found.xroad_instance, found.member_class, found.member_code, found.subsystem_code, found.object_type],
      [...PROVIDER.split('/'), 'SERVICE'],
    );
    assert.ok(['REST', 'OPENAPI'].includes(found.service_type));
    assert.ok(found.endpoint_list.some(({ method, path: template }) => method === 'GET' && template.startsWith('/')));
    assert.ok(!service.some((one) => one.service_code === 'listMethods'), 'a metaservice is no service');
  }
});

test('who has no agreement is offered nothing, but sees what there is', async () => {
  const theirs = new XRoadClient(ours.gateway, STRANGER, ours.tls('khong-quyen'));
  assert.ok(JSON.parse((await theirs.meta(PROVIDER, 'listMethods')).body).service.length > 0);
  assert.deepEqual(JSON.parse((await theirs.meta(PROVIDER, 'allowedMethods')).body).service, []);
});

test('the OpenAPI description of a service is published', async () => {
  const answer = await mine.meta(POPULATION, 'getOpenAPI', '?serviceCode=XacThucThongTinCongDan');
  assert.equal(answer.status, 200, answer.body.toString());
  const description = JSON.parse(answer.body);
  assert.match(description.openapi, /^3\./);
  assert.ok(Object.keys(description.paths).length > 0);
});

test('listClients names members and subsystems, in JSON and in XML', async () => {
  const answer = await mine.listClients(['Accept', 'application/json']);
  assert.equal(answer.status, 200, answer.body.toString());
  const { member } = JSON.parse(answer.body);
  const subsystem = member.find(({ id }) => id.object_type === 'SUBSYSTEM' && id.subsystem_code === 'mot-cua');
  assert.deepEqual([subsystem.id.xroad_instance, subsystem.id.member_class, subsystem.id.member_code], CLIENT.split('/').slice(0, 3));
  assert.ok(subsystem.name);
  const xml = await mine.listClients(['Accept', 'text/xml']);
  assert.equal(xml.status, 200);
  assert.match(xml.body.toString(), /^<\?xml|^<[a-zA-Z:]*clientList/);
});

const REFUSED = [
  ['a service that nobody offers', () => mine.call('GET', `${PROVIDER}/KhongCo`), 500, 'unknown_service'],
  ['a call without the client header', () => mine.call('GET', CATALOG, { path: '/dan-toc', client: null }), 400, 'bad_request'],
  ["another department's name", () => mine.call('GET', CATALOG, { path: '/dan-toc', client: STRANGER }), 500, 'access_denied'],
  ['a service without an agreement', () => new XRoadClient(ours.gateway, STRANGER, ours.tls('khong-quyen')).call('GET', CATALOG, { path: '/dan-toc' }), 500, 'access_denied'],
  ['a service whose messages must be signed', () => mine.call('POST', `${POPULATION}/XacThucThongTinCongDan`, { headers: ['Content-Type', 'application/json'], body: '{}' }), 500, ''],
];

for (const [what, call, status, name] of REFUSED) {
  test(`refused in X-Road's own form: ${what}`, async () => {
    const answer = await call();
    const found = error(answer);
    assert.ok(found, `${answer.status} ${answer.body}`);
    assert.equal(answer.status, status, found.code);
    assert.equal(found.type, found.code);
    assert.ok(found.message && found.detail);
    assert.ok(likens(found.code, name), found.code);
  });
}

test('an error comes as XML to who asks for XML', async () => {
  const answer = await mine.call('GET', `${PROVIDER}/KhongCo`, { headers: ['Accept', 'application/xml'] });
  assert.match(answer.headers['content-type'], /xml/);
  assert.match(answer.body.toString(), /<error><type>[^<]+<\/type><message>[^<]+<\/message><detail>[^<]*<\/detail><\/error>/);
});

test('the error of a register passes untouched and is no error of the bus', async () => {
  const answer = await mine.call('GET', CATALOG, { path: '/khong-co-danh-muc-nay' });
  assert.equal(answer.status, 404, answer.body.toString());
  assert.equal(answer.headers['x-road-error'], undefined);
});

test('pyxroad speaks the SOAP of X-Road alone, and is told so by name', () => {
  const { status, stdout, stderr } = spawnSync(PYTHON, [path.join(import.meta.dirname, 'gateway/pyxroad_client.py')], {
    input: JSON.stringify({ server: ours.gateway, client: CLIENT, service: CATALOG, ca: ours.file('ca.pem'), cert: ours.file('mot-cua.pem'), key: ours.file('mot-cua.key') }),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const answer = JSON.parse(stdout);
  // It asks for a WSDL and nothing else; the bus has none to give for a REST service and says so in X-Road's form.
  assert.match(answer.asked, /\/wsdl\?xRoadInstance=VN&memberClass=GOV&memberCode=000\.00\.00\.H19/);
  assert.ok(answer.status >= 400, stdout);
  assert.ok(answer.error, stdout);
});
