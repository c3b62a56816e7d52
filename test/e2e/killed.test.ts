import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { KilledJob, killMoment, type JobKind } from '../harness/e2e/killedJob';
import type { StoredCredential } from '../harness/n8n/client';
import { ensureN8n } from '../harness/n8n/install';
import { startN8n, type N8nInstance } from '../harness/n8n/instance';
import { REPOSITORY } from '../harness/n8n/packedPackage';
import { createProgress } from '../harness/n8n/progress';
import { startSimulator, TOKENS, type Simulator } from '../simulator';
import { seededRandom } from '../simulator/world/random';

/** How often n8n is killed. */
const KILLS = Number(process.env.KILLS ?? 3);

/** Repeat a run with the seed that it has printed. */
const SEED = Number(process.env.KILL_SEED ?? Date.now() % 100_000);

/** The later a run is shown, the later the node may conclude anything from what it does not see. */
const SOON = { shownAfterMs: 1_500, settleSeconds: 6 };
/** Longer than n8n takes to start again. */
const LATE = { shownAfterMs: 25_000, settleSeconds: 22 };

const KINDS: JobKind[] = [
	{ source: 'url', rowsChange: false, losesAnswers: true, ...SOON },
	{ source: 'signedUrl', rowsChange: true, losesAnswers: false, ...LATE },
	{ source: 'binary', rowsChange: true, losesAnswers: true, ...SOON },
	{ source: 'url', rowsChange: true, losesAnswers: true, ...SOON },
	{ source: 'url', rowsChange: false, losesAnswers: false, ...LATE },
	{ source: 'signedUrl', rowsChange: true, losesAnswers: true, ...SOON },
];

/** In an n8n of its own, because it is killed. */
describe(`a job of 20 batches with a Job Key, in which n8n is killed (KILL_SEED=${SEED})`, () => {
	const random = seededRandom(SEED);
	let simulator: Simulator;
	let n8n: N8nInstance;
	let credential: StoredCredential;
	let userFolder: string;

	const start = async (packageDirectory?: string) => {
		n8n = await startN8n({
			install: await ensureN8n({ progress: createProgress(process.stderr) }),
			userFolder,
			packageDirectory,
			logFile: join(REPOSITORY, 'test-output', 'killed-n8n.log'),
		});
	};

	beforeAll(async () => {
		simulator = await startSimulator();
		userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-killed-'));
		await start(REPOSITORY);
		credential = await n8n.client.createCredential('extendApi', 'Simulator', {
			apiToken: TOKENS.workspace,
			region: 'custom',
			baseUrl: simulator.url,
		});
	});

	afterAll(async () => {
		await n8n.stop();
		await simulator.close();
		await rm(userFolder, { recursive: true, force: true, maxRetries: 3 });
	});

	const rounds = Array.from({ length: KILLS }, (_, index) => {
		const kind = KINDS[index % KINDS.length]!;
		return { number: index + 1, kind, moment: killMoment(random) };
	});

	test.each(rounds)(
		'$number: at submit $moment.submit + $moment.afterMs ms; $kind.source, rows change: $kind.rowsChange, lost answers: $kind.losesAnswers, shown after $kind.shownAfterMs ms',
		async ({ kind, moment }) => {
			const job = new KilledJob(simulator, credential, kind, random);
			await job.startUntil(n8n.client, moment);
			await n8n.kill();
			const before = job.batches;
			await start();
			const execution = await job.finish(n8n.client);
			expect(execution.error).toBeUndefined();
			expect(execution.status).toBe('success');
			expect(job.account(execution)).toEqual({ doubled: [], lost: [], forgotten: [] });
			process.stderr.write(`  killed with ${before} batches at Extend, then ${job.batches}\n`);
		},
	);
});
