/**
 * How long jobs take with our nodes, beside what a user would build otherwise: a Code node with HTTP
 * Request nodes, and a script with Extend's official SDK. All run in turns against the simulator, in
 * one n8n: `npm run bench [-- part ...]`, with parts out of `PARTS`. Takes about ten minutes.
 *
 * Times are the nodes' own, from n8n's execution data; what makes the items is not in them. The
 * script's time is that of its calls, without the start of Node.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { extend, node } from '../test/harness/e2e/pipeline';
import { triggerWorkflow } from '../test/harness/e2e/triggers';
import type { StoredCredential } from '../test/harness/n8n/client';
import type { Execution } from '../test/harness/n8n/execution';
import { ensureN8n } from '../test/harness/n8n/install';
import { startN8n, type N8nInstance } from '../test/harness/n8n/instance';
import type { Json, WorkflowNode } from '../test/harness/n8n/n8nData';
import { buildPackage, REPOSITORY } from '../test/harness/n8n/packedPackage';
import { createProgress } from '../test/harness/n8n/progress';
import { subscriptionsOf } from '../test/nodes/trigger/playedTrigger';
import {
	API_VERSION,
	SEED_WORKFLOWS,
	startSimulator,
	TOKENS,
	type Simulator,
} from '../test/simulator';

const PARTS = [
	'submit',
	'distance',
	'allFields',
	'memory',
	'upload',
	'list',
	'fetch',
	'publish',
	'load',
] as const;
const SIZES = [1_000, 10_000, 100_000];
const TIMEOUT_MS = 1_200_000;

/** An odd number, so that the median is one of them. */
const COUNTED_ROUNDS = 5;
const LIST_TYPE = 'n8n-nodes-extend-ai.extendListRunsByBatch';

setFlagsFromString('--expose-gc');

/** What the simulator and the reading of results leave behind is not collected on the time of the next job. */
const collectGarbage = runInNewContext('gc') as () => void;

const run = promisify(execFile);
const progress = createProgress(process.stderr);

const median = (values: number[]) =>
	[...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
const ratio = (ms: number, other: number) => (ms / other).toFixed(2);

/** Prints a row of a Markdown table. */
function row(...cells: string[]): void {
	process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

function heading(title: string, ...cells: string[]): void {
	process.stdout.write(`\n${title}\n\n`);
	row(...cells);
	row(...cells.map(() => '---'));
}

function documents(count: number): WorkflowNode {
	return code(
		'Items',
		`return Array.from({ length: ${count} }, (_, index) => ({ json: {
	url: 'https://files.example.com/invoice-' + index + '.pdf',
	name: 'invoice-' + index,
	customer: 'C-' + (index % 7),
} }));`,
	);
}

function code(name: string, jsCode: string): WorkflowNode {
	return node(name, 'n8n-nodes-base.code', 2, { jsCode });
}

/** What the jobs work with. */
class Rig {
	constructor(
		readonly simulator: Simulator,
		readonly n8n: N8nInstance,
		readonly credential: StoredCredential,
	) {}

	get workflowId(): string {
		return this.simulator.workflow(SEED_WORKFLOWS.invoices).id;
	}

	/** Runs the nodes one after the other, and complains if that fails. */
	async run(nodes: WorkflowNode[]): Promise<Execution> {
		const { client } = this.n8n;
		const { type, id, name } = this.credential;
		collectGarbage();
		const all = [node('Start', 'n8n-nodes-base.manualTrigger', 1), ...nodes].map((entry) =>
			entry.type.startsWith('n8n-nodes-extend-ai.')
				? { ...entry, credentials: { [type]: { id, name } } }
				: entry,
		);
		const stored = await client.createWorkflow({
			name: 'Benchmark',
			nodes: all,
			connections: Object.fromEntries(
				all
					.slice(0, -1)
					.map((entry, index) => [
						entry.name,
						{ main: [[{ node: all[index + 1]?.name ?? '', type: 'main', index: 0 }]] },
					]),
			),
			settings: { executionOrder: 'v1' },
		});
		const execution = await client.runWorkflow(stored, { timeoutMs: TIMEOUT_MS });
		if (execution.error !== undefined || execution.status !== 'success') {
			throw new Error(`${execution.status}: ${JSON.stringify(execution.error?.message)}`);
		}
		return execution;
	}

	/** Milliseconds of these nodes together. */
	async time(nodes: WorkflowNode[], ...timed: string[]): Promise<number> {
		const execution = await this.run(nodes);
		return timed.reduce((sum, name) => sum + execution.milliseconds(name), 0);
	}

	/** Milliseconds of a script with the official SDK. */
	async sdk(job: string, id: string, count: number): Promise<number> {
		const script = join(__dirname, 'sdk.cjs');
		const args = [script, job, this.simulator.url, TOKENS.workspace, id, String(count)];
		collectGarbage();
		const { stdout } = await run(process.execPath, args);
		return Number(stdout);
	}

	/** Ends with the ledger of one job; it must hold that many runs. */
	check(count: number): void {
		const found = this.simulator.ledger.runs.length;
		if (found !== count) throw new Error(`${found} runs instead of ${count}.`);
		this.simulator.reset();
	}
}

const OURS: { [name: string]: Json } = {
	source: 'url',
	fileUrl: '={{ $json.url }}',
	metadataMode: 'fields',
	metadata: {
		values: [
			{ key: 'customer', value: '={{ $json.customer }}' },
			{ key: 'document', value: '={{ $json.name }}' },
		],
	},
	options: { fileName: '={{ $json.name }}' },
};

function ours(rig: Rig, parameters: { [name: string]: Json } = {}): WorkflowNode {
	return { ...extend(rig.workflowId, { ...OURS, ...parameters }), name: 'Ours' };
}

function headers(): Json {
	return {
		parameters: [
			{ name: 'Authorization', value: `Bearer ${TOKENS.workspace}` },
			{ name: 'x-extend-api-version', value: API_VERSION },
		],
	};
}

function codeAndHttp(rig: Rig): WorkflowNode[] {
	return [
		code(
			'Chunks',
			`const items = $input.all();
const chunks = [];
for (let first = 0; first < items.length; first += 1000) {
	chunks.push({ json: { body: {
		workflow: { id: '${rig.workflowId}' },
		inputs: items.slice(first, first + 1000).map(({ json }) => ({
			file: { url: json.url, name: json.name },
			metadata: { customer: json.customer, document: json.name },
		})),
	} } });
}
return chunks;`,
		),
		node('Post', 'n8n-nodes-base.httpRequest', 4.2, {
			method: 'POST',
			url: `${rig.simulator.url}/workflow_runs/batch`,
			sendHeaders: true,
			headerParameters: headers(),
			sendBody: true,
			specifyBody: 'json',
			jsonBody: '={{ JSON.stringify($json.body) }}',
			options: {},
		}),
	];
}

async function submit(rig: Rig): Promise<void> {
	heading(
		'Submit by URL, with a name and two metadata fields',
		'Documents',
		'Our node',
		'Code + HTTP Request',
		'SDK script',
		'of Code + HTTP',
		'of the SDK',
	);
	const oursAt = new Map<number, number>();
	for (const size of SIZES) {
		const times: Record<'ours' | 'other' | 'sdk', number[]> = { ours: [], other: [], sdk: [] };
		for (let round = 0; round <= COUNTED_ROUNDS; round++) {
			const own = await rig.time([documents(size), ours(rig)], 'Ours');
			rig.check(size);
			const other = await rig.time([documents(size), ...codeAndHttp(rig)], 'Chunks', 'Post');
			rig.check(size);
			const sdk = await rig.sdk('submit', rig.workflowId, size);
			rig.check(size);
			progress.step(`${size}: ${[own, other, sdk].map(seconds).join(', ')}`);
			// The first round warms up.
			if (round === 0) continue;
			times.ours.push(own);
			times.other.push(other);
			times.sdk.push(sdk);
		}
		const [own, other, sdk] = [median(times.ours), median(times.other), median(times.sdk)];
		oursAt.set(size, own);
		row(
			size.toLocaleString('en'),
			...[own, other, sdk].map(seconds),
			ratio(own, other),
			ratio(own, sdk),
		);
	}
	const growth = ratio(oursAt.get(100_000) ?? NaN, oursAt.get(10_000) ?? NaN);
	process.stdout.write(`\nFrom 10,000 to 100,000 documents: ${growth} times the time.\n`);
}

/** The same where Extend is as far away as it is: each call takes a while, however fast n8n is. */
async function distance(rig: Rig): Promise<void> {
	const size = 100_000;
	const latencyMs = 300;
	heading(
		`Submit ${size.toLocaleString('en')} by URL, where each call takes ${latencyMs} ms longer`,
		'Our node',
		'Code + HTTP Request',
		'SDK script',
		'of Code + HTTP',
		'of the SDK',
	);
	rig.simulator.settings.latencyMs = latencyMs;
	const own = await rig.time([documents(size), ours(rig)], 'Ours');
	rig.check(size);
	rig.simulator.settings.latencyMs = latencyMs;
	const other = await rig.time([documents(size), ...codeAndHttp(rig)], 'Chunks', 'Post');
	rig.check(size);
	rig.simulator.settings.latencyMs = latencyMs;
	const sdk = await rig.sdk('submit', rig.workflowId, size);
	rig.check(size);
	row(...[own, other, sdk].map(seconds), ratio(own, other), ratio(own, sdk));
}

async function allFields(rig: Rig): Promise<void> {
	heading('Submit by URL, with all fields as metadata', 'Documents', 'Our node');
	for (const size of SIZES) {
		const own = await rig.time([documents(size), ours(rig, { metadataMode: 'allFields' })], 'Ours');
		rig.check(size);
		row(size.toLocaleString('en'), seconds(own));
	}
}

/** Most memory that n8n held while it did something, in bytes. */
async function peak(pid: number, work: () => Promise<unknown>): Promise<number> {
	const held = () =>
		Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
	let most = held();
	const timer = setInterval(() => (most = Math.max(most, held())), 20);
	try {
		await work();
	} finally {
		clearInterval(timer);
	}
	return most;
}

async function memory(rig: Rig): Promise<void> {
	heading('Memory of n8n with 100,000 items', 'What runs', 'Peak of its resident set');
	const count = 100_000;
	const nothing = node('Nothing', 'n8n-nodes-base.noOp', 1);
	const peaks: Record<'nothing' | 'ours', number[]> = { nothing: [], ours: [] };
	for (let round = 0; round < 4; round++) {
		const { pid } = rig.n8n;
		const without = await peak(pid, async () => await rig.run([documents(count), nothing]));
		const own = await peak(pid, async () => await rig.run([documents(count), ours(rig)]));
		rig.check(count);
		if (round === 0) continue;
		peaks.nothing.push(without);
		peaks.ours.push(own);
	}
	const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
	row('items and No Operation', megabytes(median(peaks.nothing)));
	row('items and our node', megabytes(median(peaks.ours)));
	const extra = (median(peaks.ours) - median(peaks.nothing)) / count;
	process.stdout.write(`\n${extra.toFixed(0)} bytes more per item.\n`);
}

async function upload(rig: Rig): Promise<void> {
	const count = 1_000;
	const limit = 25;
	heading(`Upload of ${count} files, WRITE limit ${limit}/s`, 'Our node', 'Share of the limit');
	rig.simulator.settings.rateLimits = { GET: null, WRITE: limit, RUN: null };
	const file = node('File', 'n8n-nodes-base.convertToFile', 1.1, {
		operation: 'toText',
		sourceProperty: 'name',
		options: {},
	});
	const own = await rig.time(
		[documents(count), file, ours(rig, { source: 'binary', options: {}, metadataMode: 'none' })],
		'Ours',
	);
	rig.simulator.settings.rateLimits = { GET: null, WRITE: null, RUN: null };
	rig.check(count);
	row(seconds(own), `${((count / limit / (own / 1000)) * 100).toFixed(0)} %`);
}

/** Submits the documents with the script. @returns the id of the last batch */
async function batch(rig: Rig, count: number): Promise<string> {
	await rig.sdk('submit', rig.workflowId, count);
	return rig.simulator.ledger.batches.at(-1)?.batchId ?? '';
}

function listing(batchIds: string[], parameters: { [name: string]: Json }): WorkflowNode[] {
	return [
		code(
			'Batches',
			`return ${JSON.stringify(batchIds)}.map((batchId) => ({ json: { batchId } }));`,
		),
		node('List', LIST_TYPE, 1, { batchId: '={{ $json.batchId }}', ...parameters }),
	];
}

async function list(rig: Rig): Promise<void> {
	const batches = 25;
	heading(`List ${batches} batches of 1,000 runs`, 'Our node', 'HTTP Request', 'SDK script');
	await batch(rig, batches * 1000);
	const ids = rig.simulator.ledger.batches.map(({ batchId }) => batchId);
	const http = node('Get', 'n8n-nodes-base.httpRequest', 4.2, {
		url: `={{ '${rig.simulator.url}/workflow_runs?maxPageSize=1000&batchId=' + $json.batchId }}`,
		sendHeaders: true,
		headerParameters: headers(),
		options: {},
	});
	const times: number[][] = [[], [], []];
	for (let round = 0; round < 4; round++) {
		const own = await rig.run(listing(ids, { output: 'summary', waitForCompletion: false }));
		if (own.items('List').length !== batches * 1000) throw new Error('Runs are missing.');
		const [source] = listing(ids, {});
		const other = await rig.time([source!, http, splitOut()], 'Get', 'Split');
		let sdk = 0;
		for (const id of ids) sdk += await rig.sdk('list', id, 1000);
		if (round === 0) continue;
		[own.milliseconds('List'), other, sdk].forEach((ms, index) => times[index]?.push(ms));
	}
	row(...times.map((values) => seconds(median(values))));
	rig.simulator.reset();
}

function splitOut(): WorkflowNode {
	return node('Split', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'data', options: {} });
}

async function fetch(rig: Rig): Promise<void> {
	const count = 1_000;
	const limit = 25;
	heading(`Fetch ${count} whole runs, GET limit ${limit}/s`, 'Our node', 'Share of the limit');
	const id = await batch(rig, count);
	rig.simulator.settings.rateLimits = { GET: limit, WRITE: null, RUN: null };
	const execution = await rig.run(listing([id], { output: 'full', waitForCompletion: false }));
	rig.simulator.settings.rateLimits = { GET: null, WRITE: null, RUN: null };
	if (execution.items('List').length !== count) throw new Error('Runs are missing.');
	const own = execution.milliseconds('List');
	// One call lists them.
	row(seconds(own), `${(((count + 1) / limit / (own / 1000)) * 100).toFixed(0)} %`);
	rig.simulator.reset();
}

async function publish(rig: Rig): Promise<void> {
	const limit = 25;
	const { simulator, n8n } = rig;
	simulator.addWorkflows(500);
	const count = simulator.workflows.length;
	heading(
		`Publish Extend Trigger over ${count} workflows, WRITE limit ${limit}/s`,
		'Our node',
		'Share of the limit',
	);
	const stored = await n8n.client.createWorkflow(triggerWorkflow(rig.credential, {}));
	simulator.settings.rateLimits = { GET: null, WRITE: limit, RUN: null };
	const started = performance.now();
	await n8n.client.publishWorkflow(stored.id);
	while ((await subscriptionsOf(simulator)).length < count) await pause(250);
	const own = performance.now() - started;
	simulator.settings.rateLimits = { GET: null, WRITE: null, RUN: null };
	// One call makes the endpoint.
	row(seconds(own), `${(((count + 1) / limit / (own / 1000)) * 100).toFixed(0)} %`);
	await n8n.client.unpublishWorkflow(stored.id);
	simulator.reset();
}

async function load(): Promise<void> {
	heading('Loading the package into a Node that has n8n-workflow', 'Median of 9');
	const script = `require('n8n-workflow');
const { n8n } = require('./package.json');
const started = performance.now();
for (const file of [...n8n.credentials, ...n8n.nodes]) {
	for (const type of Object.values(require('./' + file))) new type();
}
console.log(performance.now() - started);`;
	const times: number[] = [];
	for (let round = 0; round < 9; round++) {
		const { stdout } = await run(process.execPath, ['-e', script], { cwd: REPOSITORY });
		times.push(Number(stdout));
	}
	row(`${median(times).toFixed(0)} ms`);
}

async function main(): Promise<void> {
	const chosen = process.argv.slice(2);
	const unknown = chosen.filter((part) => !PARTS.some((known) => known === part));
	if (unknown.length > 0) {
		throw new Error(`There is no part ${unknown.join(', ')}; choose from ${PARTS.join(', ')}.`);
	}
	const parts = PARTS.filter((part) => chosen.length === 0 || chosen.includes(part));
	const install = await ensureN8n({ progress });
	await buildPackage();
	// Runs rest for the time of the benchmark, so that processing them takes nothing from anybody.
	const simulator = await startSimulator({ settings: { queueMs: 86_400_000 } });
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-bench-'));
	const n8n = await startN8n({
		install,
		userFolder,
		packageDirectory: REPOSITORY,
		env: { NODE_OPTIONS: '--max-old-space-size=4096', N8N_RUNNERS_MAX_PAYLOAD: '1073741824' },
	});
	try {
		const credential = await n8n.client.createCredential('extendApi', 'Simulator', {
			apiToken: TOKENS.workspace,
			region: 'custom',
			baseUrl: simulator.url,
		});
		const rig = new Rig(simulator, n8n, credential);
		const jobs = { submit, distance, allFields, memory, upload, list, fetch, publish, load };
		const { length, 0: first } = cpus();
		process.stdout.write(
			`n8n ${install.version}, Node ${process.version} for the script, ${length} x ${first?.model ?? ''}\n`,
		);
		for (const part of parts) await jobs[part](rig);
	} finally {
		await n8n.stop();
		await simulator.close();
		await rm(userFolder, { recursive: true, force: true, maxRetries: 3 });
	}
}

void main();
