// The province a test file walks through: the one at PROVINCE_PORT_BASE, or one of its own on free ports.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What listens where, counted from the port base. */
const OFFSETS = { broker: 0, operator: 1, motCua: 10, qlvb: 11, truongHoc: 12, vneid: 20, staff: 21 };
const READY_WITHIN_MS = 30_000;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BINARIES = process.env.TEST_BIN_DIR ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target'), 'debug');

/** The invented people that the tests need, by what they do in the stories. */
export const PEOPLE = {
  citizen: { number: '075085000001', name: 'Nguyễn Văn An' },
  teacher: { number: '070190000002', name: 'Trần Thị Bình' },
  neighbor: { number: '075172000006', name: 'Võ Thị Giang' },
  pupil: { number: '067209000003', name: 'Lê Minh Châu' },
};
export const PASSWORD = '123456';

/** Gives the addresses of a running province and a way to stop what was started for it. */
export async function openProvince() {
  if (process.env.PROVINCE_PORT_BASE) return { ...addresses(Number(process.env.PROVINCE_PORT_BASE)), stop: async () => {} };
  const base = await freeBase();
  const folder = await mkdtemp(path.join(process.env.TEST_TEMP_DIR ?? tmpdir(), 'province-'));
  const child = spawn(path.join(BINARIES, 'sandbox'), ['--port-base', String(base), '--fresh'], { cwd: folder });
  try {
    await untilReady(child);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  return { ...addresses(base), stop, endAttempts: () => endAttempts(folder) };
}

/**
 * Lets every login attempt under way expire now, in the broker's SQLite file: nobody waits ten minutes in a test. Gives
 * how many there were.
 */
async function endAttempts(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((name) => /\.(db|sqlite3?)$/.test(name));
  const program = [
    'import sqlite3, sys',
    'count = 0',
    'for file in sys.argv[1:]:',
    '    with sqlite3.connect(file, timeout=10) as base:',
    '        if base.execute("SELECT 1 FROM sqlite_master WHERE name = \'login\'").fetchone():',
    '            count += base.execute("UPDATE login SET expires_at = 1").rowcount',
    'print(count)',
  ].join('\n');
  const { stdout } = await promisify(execFile)('python3', ['-c', program, ...files.map((name) => path.join(folder, name))]);
  return Number(stdout);
}

function addresses(base) {
  return Object.fromEntries(Object.entries(OFFSETS).map(([part, offset]) => [part, `http://localhost:${base + offset}`]));
}

async function freeBase() {
  for (let base = 21_000 + (process.pid % 50) * 100; base < 32_000; base += 100) {
    const free = await Promise.all(Object.values(OFFSETS).map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no free ports for a province');
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Waits for the line `ready`; everything printed before it goes into the error. */
function untilReady(child) {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => reject(new Error(`no "ready" within ${READY_WITHIN_MS} ms:\n${printed}`)), READY_WITHIN_MS);
    const fail = (why) => {
      clearTimeout(timer);
      reject(new Error(`the province did not start: ${why}\n${printed}`));
    };
    const read = (chunk) => {
      printed = (printed + chunk).slice(-20_000);
      if (!/^\s*ready\b/im.test(printed)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`exit code ${code}`));
  });
}
