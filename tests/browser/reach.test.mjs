// The same way for everybody: without JavaScript, by keyboard, on a phone, at 200 % zoom, in English.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startChromium } from './chromium.mjs';
import { Person } from './person.mjs';
import { PASSWORD, PEOPLE, openProvince } from './province.mjs';

let province, browser;

before(async () => {
  province = await openProvince();
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  await province?.stop();
});

test('a login works without JavaScript', async () => {
  const person = await Person.arrive(browser, province, { javaScriptEnabled: false });
  await person.login('motCua', PEOPLE.citizen);
  await person.leave();
});

test('a login works by keyboard alone', async () => {
  const person = await Person.arrive(browser, province);
  await person.open('motCua');
  await tabTo(person, person.control(/^\s*đăng nhập/i));
  await person.page.keyboard.press('Enter');
  await person.chooser().first().waitFor();
  await tabTo(person, person.page.locator('button[name=provider][value=vneid]'));
  await person.page.keyboard.press('Space');
  await person.number().waitFor();
  await tabTo(person, person.number());
  await person.page.keyboard.type(PEOPLE.neighbor.number);
  await tabTo(person, person.page.locator('[name=mat_khau]'));
  await person.page.keyboard.type(PASSWORD);
  await person.page.keyboard.press('Enter');
  await person.approve().or(person.signOutControl()).first().waitFor();
  if (person.isAt('broker')) {
    await tabTo(person, person.approve());
    await person.page.keyboard.press('Enter');
  }
  await person.expectSignedIn('motCua', PEOPLE.neighbor);
  await person.leave();
});

for (const [name, options] of [
  ['a phone of 360 pixels', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }],
  ['200 % zoom', { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }],
]) {
  test(`a login fits ${name}`, async () => {
    const person = await Person.arrive(browser, province, options);
    const picture = name.replaceAll(/[^a-z0-9]+/g, '-');
    await person.startAsking('motCua');
    await person.chooser().first().waitFor();
    await person.look(`chooser-${picture}`);
    await person.choose('vneid');
    await person.number().waitFor();
    await person.look(`vneid-${picture}`);
    await person.authenticate(PEOPLE.citizen);
    await person.approve().waitFor();
    await person.look(`information-${picture}`);
    await person.approve().click();
    await person.expectSignedIn('motCua', PEOPLE.citizen);
    await person.look(`signed-in-${picture}`);
    await person.leave();
  });
}

test('the broker speaks English to a browser that does', async () => {
  const person = await Person.arrive(browser, province, { locale: 'en-GB' });
  await person.startAsking('motCua');
  await person.heading('Choose how to sign in').waitFor();
  assert.equal(await person.page.locator('html').getAttribute('lang'), 'en');
  await person.look('chooser-english');
  await person.choose('vneid');
  await person.authenticate(PEOPLE.citizen);
  await person.page.getByRole('button', { name: 'Continue' }).waitFor();
  await person.look('information-english');
  await person.leave();
});

test('ui_locales of the application is heard before the browser', async () => {
  const person = await Person.arrive(browser, province);
  const address = await person.authorizationRequest('motCua');
  address.searchParams.set('ui_locales', 'fr en');
  await person.page.goto(address.href);
  await person.heading('Choose how to sign in').waitFor();
  address.searchParams.set('ui_locales', 'vi');
  await person.page.goto(address.href);
  await person.heading('Chọn cách đăng nhập').waitFor();
  await person.leave();
});

test('every page of the broker forbids framing, scripts and referrers', async () => {
  const person = await Person.arrive(browser, province);
  const checked = new Set();
  const faults = [];
  person.page.on('response', (response) => {
    const headers = response.headers();
    if (!response.url().startsWith(province.broker) || !(headers['content-type'] ?? '').startsWith('text/html')) return;
    checked.add(new URL(response.url()).pathname);
    const policy = headers['content-security-policy'] ?? '';
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", 'form-action']) {
      if (!policy.includes(rule)) faults.push(`${response.url()} lacks ${rule}`);
    }
    if (policy.includes('unsafe')) faults.push(`${response.url()} allows ${policy}`);
    if (headers['referrer-policy'] !== 'no-referrer') faults.push(`${response.url()} sends referrers`);
    if (!/no-store/.test(headers['cache-control'] ?? '')) faults.push(`${response.url()} may be kept`);
  });
  await person.loginUntilInformation('motCua', PEOPLE.citizen);
  await person.approve().click();
  await person.expectSignedIn('motCua', PEOPLE.citizen);
  await person.page.goto(`${province.broker}/khong-co`);
  assert.deepEqual(faults, []);
  assert.ok(checked.size >= 3, `only ${[...checked]} was seen`);
  await person.leave();
});

/** Presses Tab until the control has the focus, as a person would who sees where the focus is. */
async function tabTo(person, control) {
  for (let presses = 0; presses < 60; presses += 1) {
    await person.page.keyboard.press('Tab');
    if (await control.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`no Tab leads to ${control}`);
}
