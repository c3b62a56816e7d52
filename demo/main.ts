import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onInterrupt } from '../test/harness/n8n/children';
import { ensureN8n } from '../test/harness/n8n/install';
import { startN8n, type N8nInstance } from '../test/harness/n8n/instance';
import { buildPackage, REPOSITORY } from '../test/harness/n8n/packedPackage';
import { requireFreePort } from '../test/harness/n8n/ports';
import { createProgress, elapsed, type Progress } from '../test/harness/n8n/progress';
import { StartupError } from '../test/harness/n8n/startupError';

import { chooseService } from './chooseService';
import { listen } from './listen';
import { readOptions, USAGE, type DemoOptions } from './options';
import { submit } from './submit';
import { objections, table } from './table';

/** Ends what the demo has started, newest first. */
type Ending = () => Promise<void>;

async function demo(options: DemoOptions, progress: Progress, endings: Ending[]): Promise<boolean> {
	if (options.port !== undefined) await requireFreePort(options.port);
	const service = await chooseService(options.documents);
	endings.push(async () => {
		await service.close();
	});

	const install = await ensureN8n({ progress });
	progress.step('Building and packing the package.');
	await buildPackage();
	const n8n = await start(install, options, progress, endings);

	const credential = await n8n.client.createCredential('extendApi', 'Extend', service.credential);
	// The real service cannot send events to this machine.
	const listener =
		service.documentFolder === undefined ? undefined : await listen(n8n.client, credential);

	progress.step(
		`Submitting ${options.documents.toLocaleString('en')} documents to ${service.name}.`,
	);
	const { outcome, seconds, workflowId, failure } = await submit(
		n8n.client,
		service,
		credential,
		options.documents,
		progress,
	);
	if (listener !== undefined) outcome.heard = await listener.untilHeard(outcome.runs, progress);
	progress.settle();
	const wrong = objections(outcome);
	console.log(`\n${table(outcome, seconds)}\n`);
	if (failure !== undefined) console.log(`The run ended with: ${failure}`);
	console.log(
		wrong.length === 0
			? 'Every document has exactly one run.'
			: `Something is wrong: ${wrong.join(', ')}.`,
	);
	if (outcome.results !== undefined) {
		console.log(
			`${outcome.results.toLocaleString('en')} results came back from Extend List Runs by Batch.`,
		);
	}
	if (outcome.heard !== undefined) {
		const { runs, executions } = outcome.heard;
		console.log(
			`${runs.toLocaleString('en')} finished runs were reported by Extend Trigger, in ${executions} executions: one for each batch.`,
		);
	}
	if (!options.once) invite(n8n, workflowId, listener?.workflowId);
	return wrong.length === 0 && failure === undefined;
}

async function start(
	install: Awaited<ReturnType<typeof ensureN8n>>,
	options: DemoOptions,
	progress: Progress,
	endings: Ending[],
): Promise<N8nInstance> {
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-demo-'));
	endings.push(async () => {
		await rm(userFolder, { recursive: true, force: true, maxRetries: 3 });
	});
	progress.step(`Starting n8n ${install.version}.`);
	const started = Date.now();
	const timer = setInterval(() => {
		progress.tick(`starting: ${elapsed(started)}`);
	}, 1_000);
	try {
		const n8n = await startN8n({
			install,
			userFolder,
			packageDirectory: REPOSITORY,
			port: options.port,
			logFile: join(REPOSITORY, 'test-output', 'demo-n8n.log'),
			// As the README recommends where many events come in.
			env: { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' },
		});
		endings.push(async () => {
			await n8n.stop();
		});
		progress.step(`n8n is ready (${elapsed(started)}).`);
		return n8n;
	} finally {
		clearInterval(timer);
		progress.settle();
	}
}

function invite(n8n: N8nInstance, workflowId: string, listenerId: string | undefined): void {
	const listening =
		listenerId === undefined
			? ''
			: `\nThe one with the trigger:     ${n8n.url}/workflow/${listenerId}`;
	console.log(`
The workflow is open in n8n:  ${n8n.url}/workflow/${workflowId}${listening}
Sign in with                  ${n8n.owner.email}
Password                      ${n8n.owner.password}

Press Ctrl+C to end n8n and remove its data.`);
}

async function endAll(endings: Ending[]): Promise<void> {
	for (const end of endings.splice(0).reverse()) {
		await end().catch((error: unknown) => {
			console.error(error);
		});
	}
}

async function main(): Promise<void> {
	const options = readOptions(process.argv.slice(2));
	if (options.help) {
		console.log(USAGE);
		return;
	}
	const progress = createProgress();
	const endings: Ending[] = [];
	onInterrupt(async () => {
		progress.settle();
		if (endings.length > 0) console.log('Ending.');
		await endAll(endings);
	});
	try {
		const right = await demo(options, progress, endings);
		if (!options.once) return;
		await endAll(endings);
		process.exitCode = right ? 0 : 1;
	} catch (error) {
		progress.settle();
		await endAll(endings);
		throw error;
	}
}

main().catch((error: unknown) => {
	if (error instanceof StartupError) console.error(`\n${error.message}`);
	else console.error(error);
	process.exitCode = 1;
});
