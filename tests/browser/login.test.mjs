// The way of a person: case handling → chooser → VNeID → information page → back, and on to the other applications.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startChromium } from './chromium.mjs';
import { Person } from './person.mjs';
import { PEOPLE, openProvince } from './province.mjs';

let province, browser;

before(async () => {
  province = await openProvince();
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  await province?.stop();
});

test('a citizen logs in to case handling with VNeID', async () => {
  const person = await Person.arrive(browser, province);
  await person.open('motCua');
  await person.look('1-case-handling');
  await person.startLogin('motCua');
  await person.chooser().first().waitFor();
  assert.ok(person.isAt('broker'));
  assert.ok((await person.chooser().count()) >= 2, 'a chooser with one choice');
  await person.look('2-chooser');
  await person.choose('vneid');
  await person.number().waitFor();
  assert.ok(person.isAt('vneid'));
  await person.look('3-vneid');
  await person.authenticate(PEOPLE.neighbor);
  await person.approve().waitFor();
  assert.ok(person.isAt('broker'));
  await person.look('4-information');
  const told = await person.page.locator('main').innerText();
  for (const part of ['Cơ quan chịu trách nhiệm', 'Mục đích', 'Căn cứ pháp lý', 'Họ và tên', PEOPLE.neighbor.name]) {
    assert.ok(told.includes(part), `the information page does not say ${part}`);
  }
  await person.approve().click();
  await person.expectSignedIn('motCua', PEOPLE.neighbor);
  await person.look('5-signed-in');
  assert.ok(!new URL(person.page.url()).searchParams.has('code'), 'the code stays in the address bar');
  await person.leave();
});

test('the information page is shown once, and again when asked for', async () => {
  const person = await Person.arrive(browser, province);
  await person.login('motCua', PEOPLE.citizen);
  await person.context.clearCookies();
  person.way.length = 0;
  await person.startLogin('motCua');
  await person.throughProvider(PEOPLE.citizen);
  await person.expectSignedIn('motCua', PEOPLE.citizen);
  assert.ok(!person.way.some((address) => new URL(address).pathname === '/consent'), 'the page came a second time');
  await person.startAsking('motCua');
  await person.approve().click();
  await person.expectSignedIn('motCua', PEOPLE.citizen);
  await person.leave();
});

test('the second application needs no second VNeID login', async () => {
  const person = await Person.arrive(browser, province);
  await person.login('motCua', PEOPLE.teacher);
  person.way.length = 0;
  await person.startLogin('truongHoc');
  await person.approve().or(person.signOutControl()).first().waitFor();
  if (person.isAt('broker')) await person.look('6-school-information');
  await person.throughInformation('truongHoc');
  await person.expectSignedIn('truongHoc', PEOPLE.teacher);
  assert.ok(!person.hasBeenAt('vneid'), `VNeID was asked again: ${person.way.join(' → ')}`);
  await person.look('7-school');
  await person.leave();
});

test('logging out ends the session, and the next login asks VNeID again', async () => {
  const person = await Person.arrive(browser, province);
  await person.login('motCua', PEOPLE.citizen);
  await person.signOutControl().click();
  const question = person.page.locator('form[action="/logout"] button[type=submit]');
  const signedOut = person.heading(/đã đăng xuất/i);
  await question.or(signedOut).or(person.control(/^\s*đăng nhập/i)).first().waitFor();
  await person.look('8-logout');
  if (person.isAt('broker') && (await question.count())) {
    await question.first().click();
    await signedOut.or(person.control(/^\s*đăng nhập/i)).first().waitFor();
    await person.look('9-signed-out');
  }
  await person.expectSignedOut('motCua');
  person.way.length = 0;
  await person.startLogin('motCua');
  await person.throughChooser();
  assert.ok(person.isAt('vneid'), 'the session of the broker outlived the logout');
  await person.leave();
});

test('who cancels at VNeID comes back to the application, not signed in', async () => {
  const person = await Person.arrive(browser, province);
  await person.startLogin('motCua');
  await person.throughChooser();
  await person.control(/hủy|huỷ|từ chối|không đăng nhập/i).click();
  await person.page.waitForURL((url) => url.origin !== province.vneid);
  await person.heading(/./).waitFor();
  await person.look('cancelled-at-vneid');
  if (person.isAt('broker')) await (await person.expectWayOn('cancelled-at-vneid')).click();
  assert.ok(person.isAt('motCua'), `ended at ${person.page.url()}`);
  await person.expectSignedOut('motCua');
  await person.leave();
});

test('who refuses on the information page comes back to the application, not signed in', async () => {
  const person = await Person.arrive(browser, province);
  await person.loginUntilInformation('motCua', PEOPLE.citizen);
  await person.deny().click();
  await person.page.waitForURL(`${province.motCua}/**`);
  await person.look('refused');
  await person.expectSignedOut('motCua');
  await person.leave();
});

test('who cancels on the chooser comes back to the application', async () => {
  const person = await Person.arrive(browser, province);
  await person.startLogin('motCua');
  await person.chooser().first().waitFor();
  await person.look('chooser');
  await person.control(/không đăng nhập/i).click();
  await person.page.waitForURL(`${province.motCua}/**`);
  await person.expectSignedOut('motCua');
  await person.leave();
});

test('a wrong password is said at VNeID, and the right one still works', async () => {
  const person = await Person.arrive(browser, province);
  await person.startLogin('motCua');
  await person.throughChooser();
  await person.authenticate(PEOPLE.citizen, 'sai');
  await person.number().waitFor();
  await person.look('wrong-password');
  await person.authenticate(PEOPLE.citizen);
  await person.throughInformation('motCua');
  await person.expectSignedIn('motCua', PEOPLE.citizen);
  await person.leave();
});

test('a pupil with level 1 is told why and what to do where level 2 is needed', async () => {
  const person = await Person.arrive(browser, province);
  await person.startLogin('motCua');
  await person.throughChooser();
  await person.authenticate(PEOPLE.pupil);
  await person.heading(/chưa đủ mức độ/i).waitFor();
  assert.ok(person.isAt('broker'));
  const told = await person.page.locator('main').innerText();
  assert.match(told, /mức độ 2/);
  assert.match(told, /Công an/);
  await person.expectWayOn('unmet');
  await person.page.getByRole('link', { name: /quay lại/i }).click();
  await person.page.waitForURL(`${province.motCua}/**`);
  await person.heading(/./).waitFor();
  await person.look('unmet-at-the-application');
  await person.expectSignedOut('motCua');
  // The session that was too weak is no trap: the next try may choose again, and the school is content with it.
  await person.login('truongHoc', PEOPLE.pupil);
  await person.startLogin('motCua');
  await person.throughChooser();
  await person.authenticate(PEOPLE.citizen);
  await person.throughInformation('motCua');
  await person.expectSignedIn('motCua', PEOPLE.citizen);
  await person.leave();
});
