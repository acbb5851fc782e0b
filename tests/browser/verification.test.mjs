// An officer at the counter: verifying a citizen through the bus, and what citizens see of it.

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

const CITIZEN = { so_dinh_danh: '075085000001', ho_ten: 'Nguyễn Văn An', ngay_sinh: '14/03/1985' };

/** An officer logged in with the staff account, on the page. */
async function officer(options) {
  const person = await Person.arrive(browser, province, options);
  await person.open('motCua', '/xac-minh');
  await person.chooser().first().waitFor();
  await person.choose('can-bo');
  await person.number().waitFor();
  await person.authenticate(PEOPLE.officer);
  await person.approve().or(person.heading('Xác minh công dân')).first().waitFor();
  if (person.isAt('broker')) await person.approve().click();
  await person.heading('Xác minh công dân').waitFor();
  return person;
}

async function ask(person, typed, question = 'xac-thuc') {
  for (const [field, value] of Object.entries(typed)) await person.page.locator(`[name=${field}]`).fill(value);
  await person.page.locator(`[name=cach][value=${question}]`).check();
  await person.page.getByRole('button', { name: 'Xác minh' }).click();
}

const result = (person) => person.page.locator('.notice');

for (const [name, options] of [
  ['a desktop', {}],
  ['a phone of 360 pixels', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }],
  ['200 % zoom', { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }],
]) {
  const picture = name.replaceAll(/[^a-z0-9]+/g, '-');
  test(`an officer verifies a citizen on ${name}`, async () => {
    const person = await officer(options);
    await person.look(`xac-minh-${picture}`);
    await ask(person, CITIZEN);
    await result(person).getByText('Đúng: thông tin khớp').waitFor();
    assert.match(await person.page.locator('#ma-ban-ghi').innerText(), /^[0-9a-f-]{36}$/);
    assert.equal(await person.page.locator('#thoa-thuan').innerText(), 'mot-cua-xac-thuc');
    await person.look(`xac-minh-dung-${picture}`);
    await ask(person, CITIZEN, 'tra-cuu');
    await result(person).getByText('Thông tin công dân').waitFor();
    assert.match(await person.page.locator('#du-lieu').innerText(), /NGUYỄN VĂN AN/);
    assert.match(await person.page.locator('#giu-lai').innerText(), /Cha/);
    await person.look(`xac-minh-du-lieu-${picture}`);
    assert.ok(person.way.every((address) => !address.includes(CITIZEN.so_dinh_danh)), 'the number stands in an address');
    await person.leave();
  });
}

test('the page works without JavaScript', async () => {
  const person = await officer({ javaScriptEnabled: false });
  await ask(person, CITIZEN);
  await result(person).getByText('Đúng: thông tin khớp').waitFor();
  await person.leave();
});

test('mistakes are told beside their fields, and nothing typed is lost', async () => {
  const person = await officer();
  await ask(person, { ...CITIZEN, so_dinh_danh: '123', ngay_sinh: '31/02/1985' });
  const summary = person.page.getByRole('alert');
  assert.equal(await summary.getByRole('link').count(), 2);
  await person.look('xac-minh-sai');
  await summary.getByRole('link').first().click();
  assert.equal(await person.page.evaluate(() => document.activeElement.id), 'so-dinh-danh');
  assert.equal(await person.page.locator('#so-dinh-danh').getAttribute('aria-invalid'), 'true');
  assert.equal(await person.page.locator('#ho-ten').inputValue(), CITIZEN.ho_ten);
  await person.leave();
});

test('a refusal is told in plain words, with its record', async () => {
  const person = await officer();
  await person.page.locator('#muc-dich').selectOption('thong-ke');
  await ask(person, CITIZEN);
  const told = await person.page.getByRole('alert').innerText();
  assert.match(told, /Không có thỏa thuận nào cho phép/);
  assert.match(told, /access-denied/);
  assert.match(told, /Mã bản ghi/);
  await person.look('xac-minh-tu-choi');
  assert.equal(await person.page.locator('#so-dinh-danh').inputValue(), CITIZEN.so_dinh_danh);
  assert.equal(await person.page.locator('#muc-dich').inputValue(), 'thong-ke');
  await person.leave();
});

test('the page works by keyboard alone', async () => {
  const person = await officer();
  const tabTo = async (locator) => {
    for (let press = 0; press < 40; press += 1) {
      await person.page.keyboard.press('Tab');
      if (await locator.evaluate((element) => element === document.activeElement)) return;
    }
    assert.fail('Tab does not lead there');
  };
  for (const [field, value] of Object.entries(CITIZEN)) {
    await tabTo(person.page.locator(`[name=${field}]`));
    await person.page.keyboard.type(value);
  }
  await tabTo(person.page.getByRole('button', { name: 'Xác minh' }));
  await person.page.keyboard.press('Enter');
  await result(person).getByText('Đúng: thông tin khớp').waitFor();
  await person.leave();
});

test('a citizen does not see the page, and is told so at its address', async () => {
  const person = await Person.arrive(browser, province);
  await person.login('motCua', PEOPLE.citizen);
  assert.equal(await person.page.locator('a[href="/xac-minh"]').count(), 0);
  await person.open('motCua', '/xac-minh');
  await person.heading('Trang này dành cho cán bộ').waitFor();
  await person.look('xac-minh-khong-co-chuc-vu');
  await person.leave();
});
