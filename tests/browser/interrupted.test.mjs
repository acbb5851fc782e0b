// Parallel tabs, the back button, old links, lost cookies: always a way on, never a dead page, never a wrong login.

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

/** The address of the broker's callback that this login used. */
function watchCallback(person) {
  const seen = [];
  person.page.on('request', (request) => {
    if (request.url().startsWith(`${province.broker}/callback/`)) seen.push(request.url());
  });
  return seen;
}

test('two tabs log in at once, step by step in turn', async () => {
  const one = await Person.arrive(browser, province);
  const two = await one.tab();
  await one.startAsking('motCua');
  await two.startAsking('truongHoc');
  await one.throughChooser();
  await two.throughChooser();
  await one.authenticate(PEOPLE.teacher);
  await two.authenticate(PEOPLE.teacher);
  await one.approve().waitFor();
  await two.approve().waitFor();
  await one.approve().click();
  await one.expectSignedIn('motCua', PEOPLE.teacher);
  await two.approve().click();
  await two.expectSignedIn('truongHoc', PEOPLE.teacher);
  await one.leave();
});

test('two tabs at the same application: the second ends well after the first', async () => {
  const one = await Person.arrive(browser, province);
  const two = await one.tab();
  await one.startLogin('motCua');
  await two.startLogin('motCua');
  await one.throughChooser();
  await two.throughChooser();
  await one.authenticate(PEOPLE.citizen);
  await one.throughInformation('motCua');
  await one.expectSignedIn('motCua', PEOPLE.citizen);
  await two.authenticate(PEOPLE.citizen);
  await two.throughInformation('motCua');
  await two.expectSignedIn('motCua', PEOPLE.citizen);
  await one.leave();
});

test('Back after a login never leads to a dead page', async () => {
  const person = await Person.arrive(browser, province);
  await person.login('motCua', PEOPLE.citizen);
  for (let step = 1; step <= 4; step += 1) {
    const answer = await person.page.goBack().catch(() => null);
    if (!person.page.url().startsWith('http')) break;
    assert.ok((answer?.status() ?? 200) < 500, `Back ${step} ended in ${answer?.status()} at ${person.page.url()}`);
    await person.heading(/./).waitFor();
    await person.look(`back-${step}`);
  }
  await person.open('motCua');
  await person.signOutControl().waitFor();
  await person.leave();
});

test('Back to the information page and Continue again shows a way on', async () => {
  const person = await Person.arrive(browser, province);
  await person.loginUntilInformation('motCua', PEOPLE.citizen);
  const information = person.page.url();
  await person.approve().click();
  await person.expectSignedIn('motCua', PEOPLE.citizen);
  await person.page.goto(information);
  if (await person.approve().count()) await person.approve().click();
  await person.heading(/./).waitFor();
  await person.look('approved-twice');
  if (person.isAt('broker')) await (await person.expectWayOn('approved-twice')).click();
  await person.page.waitForURL(`${province.motCua}/**`);
  await person.leave();
});

test('a provider answer that is sent again is refused with a way on', async () => {
  const person = await Person.arrive(browser, province);
  const callbacks = watchCallback(person);
  await person.login('motCua', PEOPLE.citizen);
  assert.equal(callbacks.length, 1);
  const answer = await person.page.goto(callbacks[0]);
  assert.ok(person.isAt('broker') && answer.status() >= 400 && answer.status() < 500, `${answer.status()}`);
  await person.expectWayOn('callback-replayed');
  await person.open('motCua');
  await person.signOutControl().waitFor();
  await person.leave();
});

test('a provider answer in somebody else\'s browser signs nobody in', async () => {
  const victim = await Person.arrive(browser, province);
  const attacker = await Person.arrive(browser, province);
  await attacker.startLogin('motCua');
  await attacker.throughChooser();
  const stolen = attacker.page.waitForRequest((request) => request.url().startsWith(`${province.broker}/callback/`));
  await attacker.page.route(`${province.broker}/callback/**`, (route) => route.abort());
  await attacker.authenticate(PEOPLE.citizen);
  const answer = await victim.page.goto((await stolen).url());
  assert.ok(answer.status() >= 400 && answer.status() < 500, `${answer.status()}`);
  await victim.heading(/./).waitFor();
  assert.match(await victim.reference().innerText(), /\S{6,}/);
  await victim.look('login-elsewhere');
  await victim.expectSignedOut('motCua');
  await victim.leave();
  await attacker.context.close();
});

test('an attempt whose cookie is gone says so and can be begun again', async () => {
  const person = await Person.arrive(browser, province);
  await person.startLogin('motCua');
  await person.throughChooser();
  await person.context.clearCookies();
  await person.authenticate(PEOPLE.citizen);
  await person.heading(/./).waitFor();
  assert.ok(person.isAt('broker'));
  assert.match(await person.reference().innerText(), /\S{6,}/);
  await person.look('cookie-gone');
  await person.login('motCua', PEOPLE.citizen);
  await person.leave();
});

for (const stage of ['at VNeID', 'on the information page', 'on the chooser']) {
  test(`an attempt that expires ${stage} says so and has a way on`, async (t) => {
    if (!province.endAttempts) return t.skip('needs a province of its own');
    const person = await Person.arrive(browser, province);
    await person.startAsking('motCua');
    await person.chooser().first().waitFor();
    if (stage !== 'on the chooser') await person.throughChooser();
    if (stage === 'on the information page') {
      await person.authenticate(PEOPLE.citizen);
      await person.approve().waitFor();
    }
    assert.ok((await province.endAttempts()) >= 1, 'no attempt was under way');
    if (stage === 'on the chooser') await person.choose('vneid');
    else if (stage === 'at VNeID') await person.authenticate(PEOPLE.citizen);
    else await person.approve().click();
    await person.heading(/hết hạn/).waitFor();
    assert.ok(person.isAt('broker'));
    await (await person.expectWayOn(`expired-${stage.replaceAll(' ', '-')}`)).click();
    await person.page.waitForURL(`${province.motCua}/**`);
    await person.login('motCua', PEOPLE.citizen);
    await person.leave();
  });
}

test('an attempt that is no longer known is called expired', async () => {
  const person = await Person.arrive(browser, province);
  const answer = await person.page.goto(`${province.broker}/callback/vneid?state=${'A'.repeat(43)}&code=x&encrypt_key=y`);
  assert.ok(answer.status() >= 400 && answer.status() < 500, `${answer.status()}`);
  await person.heading(/./).waitFor();
  assert.match(await person.reference().innerText(), /\S{6,}/);
  await person.look('attempt-unknown');
  await person.leave();
});

test('an address that does not exist is a page with a reference number too', async () => {
  const person = await Person.arrive(browser, province);
  const answer = await person.page.goto(`${province.broker}/khong-co`);
  assert.equal(answer.status(), 404);
  assert.match(await person.reference().innerText(), /\S{6,}/);
  await person.look('not-found');
  await person.leave();
});
