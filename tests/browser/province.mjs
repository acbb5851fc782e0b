// The province a test file walks through: the one at PROVINCE_PORT_BASE, or one of its own on free ports.

import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { folder, freePort, programs, start } from '../peers/processes.mjs';

/** What listens where, counted from the port base. */
const OFFSETS = { broker: 0, operator: 1, motCua: 10, qlvb: 11, truongHoc: 12, vneid: 20, staff: 21, population: 30, register: 31, gateway: 50, gatewayOperator: 51 };

/** The invented people that the tests need, by what they do in the stories. */
export const PEOPLE = {
  citizen: { number: '075085000001', name: 'Nguyễn Văn An' },
  teacher: { number: '070190000002', name: 'Trần Thị Bình' },
  neighbor: { number: '075172000006', name: 'Võ Thị Giang' },
  /** Works for the province: has an account at the staff provider too. */
  officer: { number: '075079000004', username: 'dung.pham', name: 'Phạm Quốc Dũng' },
  pupil: { number: '067209000003', name: 'Lê Minh Châu' },
};
export const PASSWORD = '123456';

/** Gives the addresses of a running province and a way to stop what was started for it. */
export async function openProvince() {
  if (process.env.PROVINCE_PORT_BASE) return { ...addresses(Number(process.env.PROVINCE_PORT_BASE)), stop: async () => {} };
  const stops = [];
  const after = (stop) => stops.push(stop);
  const stop = async () => { for (const one of stops.reverse()) await one(); };
  try {
    const state = folder(after);
    const base = await freePort(Object.values(OFFSETS));
    const args = ['--port-base', String(base), '--state', path.join(state, 'province')];
    await start(path.join(programs, 'sandbox'), args, { ready: /^\s*ready\b/m, after, cwd: state });
    return { ...addresses(base), stop, endAttempts: () => endAttempts(state) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function addresses(base) {
  return Object.fromEntries(Object.entries(OFFSETS).map(([part, offset]) => [part, `http://localhost:${base + offset}`]));
}

/**
 * Lets every login attempt under way expire now, in the broker's SQLite file: nobody waits ten minutes in a test. Gives
 * how many there were.
 */
async function endAttempts(state) {
  const files = (await readdir(state, { recursive: true })).filter((name) => /\.(db|sqlite3?)$/.test(name));
  const program = [
    'import sqlite3, sys',
    'count = 0',
    'for file in sys.argv[1:]:',
    '    with sqlite3.connect(file, timeout=10) as base:',
    '        if base.execute("SELECT 1 FROM sqlite_master WHERE name = \'login\'").fetchone():',
    '            count += base.execute("UPDATE login SET expires_at = 1").rowcount',
    'print(count)',
  ].join('\n');
  const { stdout } = await promisify(execFile)('python3', ['-c', program, ...files.map((name) => path.join(state, name))]);
  return Number(stdout);
}
