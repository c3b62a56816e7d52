/** A bad day: every call to Extend fails with a probability of 20 %, each in its own way. */
import { Extend, ExtendClient as OfficialClient } from 'extend-ai';

import { TIMEOUTS_MS } from '../../nodes/extend/client/client';
import { startSimulator, TOKENS, type Fault, type Simulator } from '../simulator';
import { countDiscrepancies, findDiscrepancies } from '../nodes/batchRun/account';
import { runBatches, urlItems, urlsOf } from '../nodes/batchRun/batchRun';

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const BATCHES = 100;
const BATCH_SIZE = 3;

const KINDS: Fault[] = [
	{ kind: 'rateLimited' },
	{ kind: 'rateLimited', retryAfter: 'seconds' },
	{ kind: 'serverErrorBefore', body: 'html' },
	{ kind: 'serverErrorAfter', status: 502 },
	{ kind: 'resetBefore' },
	{ kind: 'resetAfter' },
	{ kind: 'hangAfter' },
	{ kind: 'truncatedBefore' },
	{ kind: 'truncatedAfter', contentLength: 'tooLong' },
];
const SHARE = 0.2;

async function withBadDay<T>(seed: number, work: (simulator: Simulator) => Promise<T>): Promise<T> {
	const simulator = await startSimulator({ settings: { seed, visibilityDelayMs: 500 } });
	for (const fault of KINDS) simulator.faults.add({ ...fault, probability: SHARE / KINDS.length });
	try {
		return await work(simulator);
	} finally {
		await simulator.close();
	}
}

const documents = () => urlsOf(urlItems(BATCHES * BATCH_SIZE));

async function ours(seed: number) {
	return await withBadDay(seed, async (simulator) => {
		const result = await runBatches(
			simulator,
			urlItems(BATCHES * BATCH_SIZE),
			{ options: { batchSize: BATCH_SIZE, settleSeconds: 2 } },
			{ onError: seed % 2 === 0 ? 'stopWorkflow' : 'continueErrorOutput' },
		);
		const { doubled, lost } = simulator.ledger.account(documents());
		return {
			doubled: doubled.length,
			lost: lost.length,
			discrepancies: countDiscrepancies(findDiscrepancies(simulator, result, documents())),
			status: result.status,
		};
	});
}

/** The official SDK with its own retries; a batch that still fails is given up, and the next is tried. */
async function official(seed: number) {
	return await withBadDay(seed, async (simulator) => {
		const client = new OfficialClient({ token: TOKENS.workspace, baseUrl: simulator.url });
		for (let start = 0; start < BATCHES * BATCH_SIZE; start += BATCH_SIZE) {
			const inputs: Extend.WorkflowRunsCreateBatchRequestInputsItem[] = documents()
				.slice(start, start + BATCH_SIZE)
				.map((url) => ({ file: { url } }));
			await client.workflowRuns
				.createBatch(
					{ workflow: { id: simulator.workflow('Invoice Processing').id }, inputs },
					{ timeoutInSeconds: 1 },
				)
				.catch(() => undefined);
		}
		const { doubled, lost } = simulator.ledger.account(documents());
		return { doubled: doubled.length, lost: lost.length };
	});
}

it('doubles and loses nothing over 20 seeds of 100 batches', async () => {
	jest.replaceProperty(TIMEOUTS_MS, 'submit', 1500);
	jest.replaceProperty(TIMEOUTS_MS, 'read', 1000);
	const results = await Promise.all(SEEDS.map(ours));
	const theirs = await Promise.all(SEEDS.slice(0, 5).map(official));
	const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
	const perThousand = (number: number, jobs: number) =>
		((number * 1000) / (jobs * BATCHES * BATCH_SIZE)).toFixed(1);
	process.stdout.write(
		[
			`20 % of all calls fail, ${BATCHES} batches a job; of 1,000 documents:`,
			`  this node (${SEEDS.length} jobs): ${perThousand(sum(results.map((r) => r.doubled)), SEEDS.length)} doubled, ${perThousand(sum(results.map((r) => r.lost)), SEEDS.length)} not run, ${sum(results.map((r) => r.discrepancies))} discrepancies`,
			`  official SDK (${theirs.length} jobs): ${perThousand(sum(theirs.map((r) => r.doubled)), theirs.length)} doubled, ${perThousand(sum(theirs.map((r) => r.lost)), theirs.length)} not run`,
			'',
		].join('\n'),
	);
	expect(results).toEqual(
		SEEDS.map(() => ({ doubled: 0, lost: 0, discrepancies: 0, status: 'success' })),
	);
	expect(sum(theirs.map(({ doubled }) => doubled))).toBeGreaterThan(0);
}, 300_000);
