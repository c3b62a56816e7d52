import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { N8nClient, StoredCredential } from '../harness/n8n/client';
import { ensureN8n } from '../harness/n8n/install';
import { startN8n, type N8nInstance } from '../harness/n8n/instance';
import { runNpm } from '../harness/n8n/npm';
import { packPackage, REPOSITORY } from '../harness/n8n/packedPackage';

import { openBench, type Bench } from '../harness/e2e/workbench';
import { extend, items, NODES, pipeline } from '../harness/e2e/pipeline';

const PACKAGE = 'n8n-nodes-extend-ai';

/** What differs from call to call. */
const CHANGING = /\b(batch|req|workflow)_[\w-]{12,}|\d{4}-\d\d-\d\dT[\d:.]+Z/g;

describe('the package as the README has it installed', () => {
	let bench: Bench;
	let userFolder: string;
	let modules: string;
	let n8n: N8nInstance | undefined;

	beforeAll(async () => {
		bench = await openBench();
		userFolder = await mkdtemp(join(tmpdir(), `${PACKAGE}-installed-`));
		const nodes = join(userFolder, '.n8n', 'nodes');
		modules = join(nodes, 'node_modules');
		await mkdir(nodes, { recursive: true });
		// As n8n makes it when it starts.
		await writeFile(join(nodes, 'package.json'), '{ "name": "installed-nodes", "private": true }');
		const readme = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
		const [, command = ''] = new RegExp(`\`npm (install [^\`]*${PACKAGE})\``).exec(readme) ?? [];
		const tarball = await packPackage(userFolder);
		await runNpm(command.replace(PACKAGE, tarball).split(' '), { cwd: nodes });
	});

	afterAll(async () => {
		await n8n?.stop();
		await bench.close();
		await rm(userFolder, { recursive: true, force: true, maxRetries: 3 });
	});

	test('is one package', async () => {
		const found = await readdir(modules);
		expect(found.filter((name) => !name.startsWith('.'))).toEqual([PACKAGE]);
	});

	/** What a person sees of submitting these addresses with the batch node. */
	async function outcome(
		client: N8nClient,
		account: StoredCredential,
		urls: readonly string[],
		settings: object,
		isRefused: boolean,
	) {
		bench.simulator.reset();
		bench.simulator.faults.clear();
		if (isRefused) {
			const on = { method: 'POST', path: '/workflow_runs/batch' };
			bench.simulator.faults.add({ kind: 'refuse', status: 402, on });
		}
		const nodes = [
			items(urls.map((url) => ({ url }))),
			{ ...extend(bench.workflowId), ...settings },
		];
		const ran = await client.runWorkflow(await client.createWorkflow(pipeline(nodes, account)));
		const { name, message, description, httpCode, context } = ran.failure(NODES.extend) ?? {};
		const told = {
			status: ran.status,
			failure: { name, message, description, httpCode, itemIndex: context?.itemIndex },
			outputs: [0, 1].map((output) =>
				ran.items(NODES.extend, output).map(({ json, pairedItem }) => [json, pairedItem]),
			),
			hints: ran.hints(NODES.extend),
		};
		return JSON.parse(JSON.stringify(told).replace(CHANGING, '$1')) as typeof told;
	}

	test('behaves the same with another n8n-workflow beside it', async () => {
		// As other community packages may bring one; this package then loads it in place of n8n's own.
		await symlink(join(REPOSITORY, 'node_modules', 'n8n-workflow'), join(modules, 'n8n-workflow'));
		n8n = await startN8n({ install: await ensureN8n(), userFolder });
		const { type, name, data } = bench.credential;
		const account = await n8n.client.createCredential(type, name, data);
		const url = `${bench.simulator.url}/documents/a.pdf`;
		const cases: Array<[urls: string[], settings: object, isRefused: boolean]> = [
			[[url, url], {}, false],
			[[url, url], {}, true],
			[[url, ''], {}, false],
			[[url, ''], { onError: 'continueRegularOutput' }, false],
			[[url, ''], { onError: 'continueErrorOutput' }, false],
			[[url, url], { onError: 'continueErrorOutput' }, true],
		];
		const statuses: string[] = [];
		for (const each of cases) {
			const there = await outcome(n8n.client, account, ...each);
			expect(there).toEqual(await outcome(bench.client, bench.credential, ...each));
			statuses.push(there.status);
		}
		expect(statuses).toEqual(['success', 'error', 'error', 'success', 'success', 'success']);
	});
});
