// What a person does on the way through a login, told by what is seen and not by how it is built.

import assert from 'node:assert/strict';
import { expectAccessible, expectNoSidewaysScroll, keepPicture, openProfile } from './chromium.mjs';
import { PASSWORD } from './province.mjs';

/** A person with a browser profile of their own; `tab()` opens one more window of the same profile. */
export class Person {
  static async arrive(browser, province, options = {}) {
    const profile = await openProfile(browser, options);
    return new Person(province, profile, await profile.context.newPage());
  }

  constructor(province, { context, complaints }, page) {
    Object.assign(this, { province, context, complaints, page });
    /** Every address the window showed, in order. */
    this.way = [];
    page.on('framenavigated', (frame) => { if (frame === page.mainFrame()) this.way.push(frame.url()); });
  }

  async tab() {
    return new Person(this.province, this, await this.context.newPage());
  }

  /** Leaves; the browser must not have complained about anything on the way. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }

  // ---- what is seen

  chooser() { return this.page.locator('button[name=provider]'); }
  approve() { return this.page.locator('button[name=decision][value=approve]'); }
  deny() { return this.page.locator('button[name=decision][value=deny]'); }
  number() { return this.page.locator('[name=so_dinh_danh]'); }
  reference() { return this.page.locator('.reference-number code'); }
  heading(text) { return this.page.getByRole('heading', { level: 1, name: text }); }
  control(name) { return this.page.getByRole('button', { name }).or(this.page.getByRole('link', { name })).first(); }
  signOutControl() { return this.control(/đăng xuất/i); }

  /** The page as it stands: in a picture, by axe, and as wide as the window. */
  async look(name) {
    await keepPicture(this.page, name);
    await expectAccessible(this.page, name);
    await expectNoSidewaysScroll(this.page, name);
  }

  isAt(part) { return new URL(this.page.url()).origin === this.province[part]; }
  hasBeenAt(part) { return this.way.some((address) => address.startsWith(`${this.province[part]}/`)); }

  // ---- what is done

  async open(part, path = '/') {
    await this.page.goto(this.province[part] + path);
  }

  async startLogin(part) {
    await this.open(part);
    await this.control(/^\s*đăng nhập/i).click();
  }

  /** Starts a login whose information page is shown even to a person who has accepted it before. */
  async startAsking(part) {
    const address = await this.authorizationRequest(part);
    address.searchParams.set('prompt', 'consent');
    await this.page.goto(address.href);
  }

  /** The address to which the application sends this browser for a login. */
  async authorizationRequest(part) {
    const answer = await this.context.request.get(`${this.province[part]}/login`, { maxRedirects: 0 });
    return new URL(answer.headers().location);
  }

  async choose(provider) {
    await this.page.locator(`button[name=provider][value=${provider}]`).click();
  }

  /** Fills in the form of a provider's stand-in (both name their fields alike) and sends it with Enter. */
  async authenticate({ number, username }, password = PASSWORD) {
    await this.number().fill(username ?? number);
    await this.page.locator('[name=mat_khau]').fill(password);
    await this.page.keyboard.press('Enter');
  }

  /** From the application to the page that tells what is passed on. */
  async loginUntilInformation(part, who) {
    await this.startAsking(part);
    await this.throughProvider(who);
    await this.approve().waitFor();
  }

  /** The whole way, with whichever pages it has this time. */
  async login(part, who) {
    await this.startLogin(part);
    await this.throughProvider(who);
    await this.throughInformation(part);
    await this.expectSignedIn(part, who);
  }

  /** Chooser and provider; a person with a session at the broker meets neither. */
  async throughProvider(who) {
    await this.chooser().or(this.number()).or(this.approve()).or(this.signOutControl()).first().waitFor();
    if ((await this.chooser().count()) || (await this.number().count())) {
      await this.throughChooser();
      await this.authenticate(who);
    }
  }

  /** The information page; who has accepted it before goes straight on. */
  async throughInformation(part) {
    await this.approve().or(this.signOutControl()).first().waitFor();
    if (!this.isAt(part)) await this.approve().click();
  }

  /** A client with one provider has no chooser. */
  async throughChooser() {
    await this.chooser().first().or(this.number()).waitFor();
    if (await this.chooser().count()) await this.choose('vneid');
    await this.number().waitFor();
  }

  async expectSignedIn(part, who) {
    await this.page.waitForURL(`${this.province[part]}/**`);
    await this.signOutControl().waitFor();
    const banner = await this.page.getByRole('banner').innerText();
    assert.ok(banner.includes(who.name), `${part} says "${banner}" and not ${who.name}`);
  }

  async expectSignedOut(part) {
    await this.open(part);
    await this.control(/^\s*đăng nhập/i).waitFor();
    assert.equal(await this.signOutControl().count(), 0, `${part} still has somebody signed in`);
  }

  /** Any dead end of the broker still says what happened, has a reference number and a way on. */
  async expectWayOn(name) {
    await this.heading(/./).waitFor();
    assert.match(await this.reference().innerText(), /\S{6,}/, `${name} has no reference number`);
    await this.look(name);
    const way = this.page.locator('main a.button');
    assert.ok(await way.count(), `${name} is a dead end`);
    return way.first();
  }
}
