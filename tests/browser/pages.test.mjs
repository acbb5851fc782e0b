// Every page the broker can show, also those that a login rarely meets, served with the broker's own strict policy.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expectAccessible, expectNoSidewaysScroll, keepPicture, openProfile, startChromium } from './chromium.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

let browser, folder, server, origin, names;

before(async () => {
  folder = await mkdtemp(path.join(process.env.TEST_TEMP_DIR ?? tmpdir(), 'broker-pages-'));
  const render = ['run', '--quiet', '--locked', '-p', 'broker', '--example', 'render_pages', '--', folder];
  await promisify(execFile)('cargo', render, { cwd: ROOT });
  names = (await readdir(folder)).filter((name) => name.endsWith('.html')).sort();
  assert.ok(names.length >= 40, `only ${names.length} pages were written`);
  server = createServer(async (request, response) => {
    try {
      const name = path.basename(request.url);
      const type = name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/html; charset=utf-8';
      response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY });
      response.end(await readFile(path.join(folder, name)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await startChromium();
});

after(async () => {
  await browser?.close();
  server?.close();
  if (folder) await rm(folder, { recursive: true });
});

/** Opens every page in one window and applies `look` to it. */
async function onEveryPage(options, look) {
  const { context, complaints } = await openProfile(browser, options);
  const page = await context.newPage();
  for (const name of names) {
    await page.goto(`${origin}/${name}`);
    await look(page, name.replace('.html', ''));
  }
  assert.deepEqual(complaints, []);
  await context.close();
}

test('axe finds nothing on any page of the broker', async () => {
  await onEveryPage({}, expectAccessible);
});

test('axe would have seen a fault', async () => {
  const { context } = await openProfile(browser);
  const page = await context.newPage();
  await page.goto(`${origin}/${names[0]}`);
  await page.evaluate(() => document.documentElement.removeAttribute('lang'));
  await assert.rejects(expectAccessible(page, names[0]), /html-has-lang/);
  await context.close();
});

test('every page fits a phone of 360 pixels, with controls large enough for a finger', async () => {
  await onEveryPage({ viewport: { width: 360, height: 800 } }, async (page, name) => {
    await expectNoSidewaysScroll(page, name);
    await keepPicture(page, `page-${name}-360`);
    for (const control of await page.locator('button, a.button').all()) {
      const box = await control.boundingBox();
      assert.ok(box.height >= 44 && box.width >= 44, `${name}: ${await control.innerText()} is ${box.width}×${box.height}`);
    }
  });
});

test('every page holds at 200 % zoom, and with the text at 200 % beside that', async () => {
  await onEveryPage({ viewport: { width: 640, height: 450 } }, async (page, name) => {
    await expectNoSidewaysScroll(page, name);
    await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
    await expectNoSidewaysScroll(page, name);
  });
});

test('the first Tab leads to the content, and each control shows that it has the focus', async () => {
  await onEveryPage({}, async (page, name) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip', name);
    assert.ok((await page.locator('.skip').boundingBox()).x >= 0, `${name}: the skip link stays outside`);
    for (const control of await page.locator('main button, main a').all()) {
      await page.keyboard.press('Tab');
      assert.ok(await control.evaluate((element) => element === document.activeElement), `${name}: Tab passes over a control`);
      assert.equal(await control.evaluate((element) => getComputedStyle(element).outlineStyle), 'solid', name);
    }
  });
});
