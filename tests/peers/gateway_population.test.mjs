// The stand-in for the population database, judged from outside: zeep (PyPI) reads its WSDL and asks it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { bus } from './gateway/bus.mjs';
import { province } from './province.mjs';

const PYTHON = process.env.TEST_PYTHON ?? path.join(import.meta.dirname, '../.work/python/bin/python');
const stops = [];
let answers;
let operations;

const fields = (more = {}) => ({
  MaYeuCau: 'zeep-1',
  MaDVC: '1.001612',
  MaTichHop: '037',
  MaCanBo: 'H19.15.0001',
  MaDonVi: '000.00.15.H19',
  SoDinhDanh: '075085000001',
  HoVaTen: 'NGUYỄN VĂN AN',
  NgayThangNamSinh: { NgayThangNam: '19850314' },
  ...more,
});

/** What the province's bus was told by the contract with the database. */
function contract(ours) {
  const settings = readFileSync(ours.config, 'utf8').split(/^\[/m).find((section) => section.startsWith('adapter.dan-cu]'));
  const value = (key) => settings.match(new RegExp(`^${key} = "(.*)"$`, 'm'))[1];
  const secret = (key) => readFileSync(path.resolve(path.dirname(ours.config), value(key)), 'utf8').trim();
  return { client: value('client'), user: value('user'), api_key: secret('api_key_file'), secret: secret('secret_file') };
}

const QUESTIONS = [
  { service: 'XacThucThongTinCongDan', fields: fields() },
  { service: 'XacThucThongTinCongDan', fields: fields({ MaYeuCau: 'zeep-2', HoVaTen: 'NGUYỄN VĂN KHÁC' }) },
  { service: 'TraCuuThongTinCongDan', fields: fields({ MaYeuCau: 'zeep-3' }) },
  { service: 'TraCuuThongTinCongDan', fields: fields({ MaYeuCau: 'zeep-4', MaCanBo: 'H19.15.9999' }) },
];

before(async () => {
  const ours = bus(await province((stop) => stops.push(stop)));
  const input = JSON.stringify({ wsdl: `${ours.population}/?wsdl`, ...contract(ours), questions: QUESTIONS });
  const { status, stdout, stderr } = spawnSync(PYTHON, [path.join(import.meta.dirname, 'gateway/population_zeep.py')], { input, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  ({ answers, operations } = JSON.parse(stdout));
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

test('zeep finds the services in the WSDL', () => {
  assert.deepEqual(operations, ['TraCuuThongTinCongDan', 'XacThucThongTinCongDan']);
});

test('what zeep writes by the WSDL is understood, and what comes back is valid by it', () => {
  for (const answer of answers.slice(0, 3)) assert.deepEqual([answer.asked_validly, answer.valid], [true, true], JSON.stringify(answer));
});

test('a person is confirmed, and another name is not', () => {
  assert.equal(answers[0].result.KetQua, true);
  assert.equal(answers[1].result.KetQua, false);
});

test('a person is told about', () => {
  const [person] = answers[2].result.CongdanCollection.CongDan;
  assert.equal(person.SoDinhDanh, '075085000001');
  assert.equal(person.HoVaTen.Ten, 'NGUYỄN VĂN AN');
});

test('an officer without a key gets a fault', () => {
  assert.match(answers[3].code, /MaCanBo/);
});
