// The other provider, and providers that are slow, broken or dishonest: what a person sees then, and how it goes on.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
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
afterEach(() => tell('vneid', 'DELETE'));

/** Tells a stand-in how to behave from now on. */
async function tell(part, method, behaviour) {
  const answer = await fetch(`${province[part]}/_operator/behaviour`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: behaviour && JSON.stringify(behaviour),
  });
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
}

test('an officer logs in to document management with the staff account', async () => {
  const person = await Person.arrive(browser, province);
  await person.startLogin('qlvb');
  await person.chooser().first().waitFor();
  await person.choose('can-bo');
  await person.number().waitFor();
  assert.ok(person.isAt('staff'));
  await person.look('staff-provider');
  await person.authenticate(PEOPLE.officer);
  await person.throughInformation('qlvb');
  await person.expectSignedIn('qlvb', PEOPLE.officer);
  await person.look('document-management');
  await person.leave();
});

for (const [what, behaviour, title] of [
  ['fails at the token request', { fail: { at: 'token', status: 503 } }, /chưa trả lời|từ chối|không thể xác nhận/i],
  ['fails at the userinfo request', { fail: { at: 'userinfo', status: 500 } }, /chưa trả lời|từ chối|không thể xác nhận/i],
  ['gives a code that cannot be read', { lie: { at: 'authorize', how: 'garbage' } }, /không thể xác nhận/i],
  ['answers with garbage', { lie: { at: 'userinfo', how: 'garbage' } }, /không thể xác nhận/i],
  ['gives a malformed number', { lie: { at: 'userinfo', how: 'malformed_number' } }, /không thể xác nhận/i],
]) {
  test(`VNeID that ${what} leads to a page with a way on, and the next login works`, async () => {
    await tell('vneid', 'POST', behaviour);
    const person = await Person.arrive(browser, province);
    await person.startLogin('motCua');
    await person.throughChooser();
    await person.authenticate(PEOPLE.citizen);
    await person.heading(title).waitFor();
    assert.ok(person.isAt('broker'));
    await (await person.expectWayOn(`vneid-${what.replaceAll(' ', '-')}`)).click();
    await person.page.waitForURL(`${province.motCua}/**`);
    await person.expectSignedOut('motCua');
    await tell('vneid', 'DELETE');
    await person.login('motCua', PEOPLE.citizen);
    await person.leave();
  });
}
