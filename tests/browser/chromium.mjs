// One Chromium for a test file, and a fresh profile for each person. Debian's browser, never a downloaded one.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.TEST_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const SCREENSHOTS = process.env.TEST_SCREENSHOTS ?? fileURLToPath(new URL('screenshots', import.meta.url));

/** Every rule of WCAG 2.2 A and AA, and axe's own good practice. */
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

/** Starts the browser. Playwright gives it a new, empty user data folder below the temporary folder. */
export function startChromium() {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS, headless: true });
}

/** A person's own browser profile: Vietnamese unless told otherwise, and a list of what the browser complained about. */
export async function openProfile(browser, options = {}) {
  const context = await browser.newContext({ locale: 'vi-VN', viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  const complaints = [];
  context.on('console', (message) => {
    // A refused status is what some tests want to see; everything else, above all a broken policy, is a fault.
    const expected = /^Failed to load resource: the server responded with a status of (4\d\d|502)/.test(message.text());
    if (message.type() === 'error' && !expected) complaints.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  return { context, complaints };
}

/** Throws unless axe finds nothing on the page as it stands. */
export async function expectAccessible(page, name) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (tags) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } }),
    AXE_TAGS,
  );
  if (violations.length === 0) return;
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`);
  throw new Error(`axe on ${name}:\n${found.join('\n')}`);
}

/** Throws if anything on the page is wider than the window. */
export async function expectNoSidewaysScroll(page, name) {
  const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (needed > there) throw new Error(`${name} needs ${needed} px of ${there} px`);
}

/** Leaves a picture of the whole page to be looked at. */
export async function keepPicture(page, name) {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
