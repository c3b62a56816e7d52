import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ensureN8n, type InstallRequest } from './install';
import { nodePackage } from './nodePackage';
import { StartupError } from './startupError';

const VERSION = '9.9.9';

describe('installing n8n', () => {
	let cache: string;

	beforeEach(async () => {
		cache = await mkdtemp(join(tmpdir(), 'install-test-'));
	});

	afterEach(async () => {
		await rm(cache, { recursive: true, force: true });
	});

	const request = (mode = 'ok'): InstallRequest => ({
		version: VERSION,
		cache,
		npm: [process.execPath, join(__dirname, 'fakeNpm.cjs'), join(cache, 'calls'), mode],
		runningNode: 'v20.15.0',
	});

	const calls = async () =>
		(await readFile(join(cache, 'calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean);

	const present = async () => (await readdir(cache)).filter((name) => name.startsWith('n8n-'));

	async function troubleOf(mode: string): Promise<StartupError> {
		const error = await ensureN8n(request(mode)).then(
			() => undefined,
			(reason: unknown) => reason,
		);
		expect(error).toBeInstanceOf(StartupError);
		return error as StartupError;
	}

	test('happens once; the next start finds it without asking npm', async () => {
		const first = await ensureN8n(request());
		expect(await calls()).toEqual(['view', 'install', 'rebuild']);
		expect(await ensureN8n(request())).toEqual(first);
		expect(await calls()).toHaveLength(3);
		expect((await present()).sort()).toEqual([`n8n-${VERSION}`, `n8n-${VERSION}.log`]);
	});

	test('brings its own Node when the running one is too old', async () => {
		const { node, directory } = await ensureN8n(request());
		expect(node).toBe(join(directory, nodePackage().binary));
	});

	test('uses the running Node when that is new enough', async () => {
		const modern = { ...request(), runningNode: 'v24.1.0' };
		expect((await ensureN8n(modern)).node).toBe(process.execPath);
		// With an old Node, that installation does not serve any more.
		expect((await ensureN8n(request())).node).not.toBe(process.execPath);
	});

	test('starts anew after an interruption, and removes what that left behind', async () => {
		const ended = spawnSync(process.execPath, ['-e', '']).pid;
		await mkdir(join(cache, `n8n-${VERSION}.partial-1-abc`, 'node_modules'), { recursive: true });
		await mkdir(join(cache, `n8n-${VERSION}`, 'node_modules'), { recursive: true });
		await writeFile(join(cache, `n8n-${VERSION}.lock`), `${ended}\n`);
		await ensureN8n(request());
		expect((await present()).sort()).toEqual([`n8n-${VERSION}`, `n8n-${VERSION}.log`]);
	});

	test('is done by one of two starts at once, the other waits for it', async () => {
		const steps: string[] = [];
		const progress = {
			step: (text: string) => void steps.push(text),
			tick: () => undefined,
			settle: () => undefined,
		};
		const both = await Promise.all([
			ensureN8n({ ...request(), progress }),
			ensureN8n({ ...request(), progress }),
		]);
		expect(both[0]).toEqual(both[1]);
		expect(await calls()).toEqual(['view', 'install', 'rebuild']);
		expect(steps.filter((text) => text.includes('waiting'))).toHaveLength(1);
	});

	test.each([
		['view:ENOTFOUND', /npm registry could not be reached \(ENOTFOUND\)/, /network/],
		['install:ECONNREFUSED', /npm registry could not be reached/, /network/],
		['install:ETIMEDOUT', /npm registry could not be reached/, /start again/],
		['install:ENOSPC', /disk became full/, /Free/],
		['install:EACCES', /may not be written/, /writable/],
		['view:E404', /does not know this version/, /N8N_VERSION/],
		['install:ESOMETHING', /could not be installed/, /output of npm/],
		['rebuild:1', /SQLite driver/, /apt-get install python3 make g\+\+/],
	])('%s is explained, and the next start recovers', async (mode, happened, advice) => {
		const trouble = await troubleOf(mode);
		expect(trouble.whatHappened).toMatch(happened);
		expect(trouble.whatToDo).toMatch(advice);
		expect(trouble.message).not.toContain('registry.example');
		expect(await present()).toEqual([`n8n-${VERSION}.log`]);
		await ensureN8n(request());
	});

	test('a missing npm is explained', async () => {
		const absent = { ...request(), npm: [join(cache, 'no-such-npm')] as [string] };
		await expect(ensureN8n(absent)).rejects.toThrow('npm was not found');
	});

	test('a cache that cannot be made is explained', async () => {
		await writeFile(join(cache, 'file'), '');
		await expect(
			ensureN8n({ ...request(), cache: join(cache, 'file', 'below') }),
		).rejects.toBeInstanceOf(StartupError);
	});
});
