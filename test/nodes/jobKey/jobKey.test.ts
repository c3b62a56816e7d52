/** A job that is run again under its Job Key: what Extend has is taken over, the rest is submitted. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { binaryItem, processedData } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import { errorsByItem, jsonOf, linkedItems, urlItems, urlsOf } from '../batchRun/batchRun';
import { JobRuns, ONCE, QUICK } from './job';

let job: JobRuns;
useSimulator(QUICK, (simulator) => {
	job = new JobRuns(simulator);
});

describe('a job with a Job Key', () => {
	it('names the job and the documents in the reference', async () => {
		const items = urlItems(3);
		const { status } = await job.execute(items, { documentKey: '={{ $json.name }}' });
		expect(status).toBe('success');
		expect(job.references.map(({ job, document }) => [job, document])).toEqual(
			items.map(({ json }) => ['invoices-2026-11-25', json.name]),
		);
		const [one, ...others] = job.references;
		expect(one?.submission).toMatch(/^[0-9a-f]{16}-[0-9a-f]{24}-0$/);
		for (const { submission } of others) expect(submission).toBe(one?.submission);
	});

	it('costs one list where the workflow has no runs, and does not wait', async () => {
		const { status, durationMs } = await job.execute(urlItems(20), { settleSeconds: 30 });
		expect(status).toBe('success');
		expect([job.lists, job.reads, job.submits]).toEqual([1, 0, 4]);
		expect(durationMs).toBeLessThan(10_000);
	});

	it('asks nothing without a key', async () => {
		const { outputs } = await job.execute(urlItems(20), { jobKey: '' });
		expect(job.simulator.ledger.requests.map(({ path }) => path)).toEqual(
			Array(4).fill('/workflow_runs/batch'),
		);
		expect(jsonOf(outputs[0])[0]).not.toHaveProperty('alreadySubmitted');
		expect(job.references[0]).not.toHaveProperty('job');
	});
});

describe('run again', () => {
	it('takes over what is there, without a call for each document', async () => {
		const items = urlItems(40);
		// Longer than it takes to look: runs are there, and cannot be read yet.
		job.simulator.settings.readableDelayMs = 400;
		await job.execute(items);
		const before = { reads: job.reads, submits: job.submits };
		const { status, outputs } = await job.execute(items);
		expect(status).toBe('success');
		expect(job.notOnce(items)).toEqual(ONCE);
		expect(job.submits).toBe(before.submits);
		// A run of each batch, and again of those that were listed before they could be read.
		expect(job.reads - before.reads).toBeLessThanOrEqual(8 * 4);
		const batches = jsonOf(outputs[0]);
		expect(batches).toHaveLength(8);
		for (const batch of batches) {
			expect(batch).toMatchObject({ runCount: 5, alreadySubmitted: true, batchCount: 8 });
			expect(Date.parse(batch.submittedAt as string)).not.toBeNaN();
		}
		expect(outputs[0]!.flatMap(linkedItems)).toEqual([...Array(40).keys()]);
	});

	it.each([1, 2, 4])('submits only what is missing after batch %i was the last', async (nth) => {
		const items = urlItems(20);
		await job.executeUntilKilled(items, nth);
		const { status, outputs } = await job.execute(items);
		expect(status).toBe('success');
		expect(job.notOnce(items)).toEqual(ONCE);
		expect(outputs[0]!.flatMap(linkedItems).sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
	});

	it('knows rows that were added, removed, doubled and put in another order', async () => {
		const items = urlItems(20);
		await job.executeUntilKilled(items, 4);
		const changed = [...items.slice(3), ...urlItems(23).slice(20), items[5]!, items[5]!].reverse();
		const { status, outputs } = await job.execute(changed, { output: 'input' });
		expect(status).toBe('success');
		const removed = items.slice(0, 3);
		const { doubled, lost } = job.simulator.ledger.account(urlsOf([...changed, ...removed]));
		expect(doubled).toEqual([]);
		expect(lost.every((url) => urlsOf(removed).includes(url))).toBe(true);
		for (const item of outputs[0]!) {
			const { batchId, position } = item.json.extend as IDataObject;
			const run = job.simulator.ledger.runs.find(
				(candidate) => candidate.batchId === batchId && candidate.position === position,
			);
			expect(run?.document).toBe(item.json.url);
		}
		expect(outputs[0]).toHaveLength(changed.length);
	});

	it.each([
		['in the order of their numbers', ['file_9', 'file_10', 'file_11']],
		['in the order of the item', ['terms', 'invoice', 'annex']],
	])('knows the position of each file of an item, %s', async (_order, fields) => {
		const items = await Promise.all(
			[0, 1, 2].map(async (no) => {
				const binary: NonNullable<INodeExecutionData['binary']> = {};
				for (const property of fields.slice(no === 1 ? 1 : 0)) {
					const content = Buffer.alloc(20_000, `${no} ${property} `);
					const one = await binaryItem(content, { fileName: `${no}-${property}.pdf`, property });
					Object.assign(binary, one.binary);
				}
				return { json: { no }, binary };
			}),
		);
		const parameters = { source: 'binary', binaryPropertyName: '*' };
		await job.execute(items, { batchSize: 4 }, { parameters });
		// Neither batch fits the new input, so their runs are read.
		const { status, outputs } = await job.execute(
			items.toReversed(),
			{ batchSize: 4, output: 'input' },
			{ parameters },
		);
		expect(status).toBe('success');
		expect(outputs[0]).toHaveLength(8);
		for (const { json } of outputs[0]!) {
			const { batchId, position, binaryPropertyName } = json.extend as IDataObject;
			const run = job.simulator.ledger.runs.find(
				(candidate) => candidate.batchId === batchId && candidate.position === position,
			);
			expect(run?.fileName).toBe(`${json.no as number}-${binaryPropertyName as string}.pdf`);
		}
	});

	it('waits for what turns up late, where it found something of the job', async () => {
		const items = urlItems(20);
		await job.execute(items.slice(0, 5));
		job.simulator.settings.visibilityDelayMs = 400;
		await job.execute(items);
		const { status } = await job.execute(items, { settleSeconds: 1 });
		expect(status).toBe('success');
		expect(job.notOnce(items)).toEqual(ONCE);
	});

	it('waits for what turns up late, where an execution began the job and Extend shows nothing of it', async () => {
		const items = urlItems(20);
		job.simulator.settings.visibilityDelayMs = 400;
		await job.execute(items);
		const { status, outputs } = await job.execute(items, { settleSeconds: 1 });
		expect(status).toBe('success');
		expect(job.notOnce(items)).toEqual(ONCE);
		expect(jsonOf(outputs[0]).map(({ alreadySubmitted }) => alreadySubmitted)).toEqual(
			Array(4).fill(true),
		);
	});

	it('does not wait where nothing was submitted before', async () => {
		const items = urlItems(20);
		await job.executeUntilKilled(items, 1, { batchSize: 20 });
		const { status, durationMs } = await job.execute(items, { settleSeconds: 30 });
		expect(status).toBe('success');
		expect(durationMs).toBeLessThan(10_000);
		expect(job.notOnce(items)).toEqual(ONCE);
	});

	it('does its work where n8n cannot remember which jobs have begun', async () => {
		processedData.isBroken = true;
		const items = urlItems(20);
		await job.executeUntilKilled(items, 3);
		const { status } = await job.execute(items);
		processedData.isBroken = false;
		expect(status).toBe('success');
		expect(job.notOnce(items)).toEqual(ONCE);
	});

	it('submits nothing when it cannot look', async () => {
		const items = urlItems(10);
		await job.execute(items);
		job.simulator.faults.add({ kind: 'refuse', status: 403, on: { method: 'GET' } });
		const before = job.submits;
		const { error } = await job.execute(items);
		expect(job.submits).toBe(before);
		expect(error?.message).toMatch(/permission/);
		const { outputs } = await job.execute(items, {}, { onError: 'continueRegularOutput' });
		expect(job.submits).toBe(before);
		expect([...errorsByItem(outputs[0]).values()][0]).toMatch(
			/the check whether Extend already has it failed/,
		);
		expect(errorsByItem(outputs[0]).size).toBe(10);
	});

	it('is another job for another key, workflow or version', async () => {
		const items = urlItems(5);
		await job.execute(items);
		await job.execute(items, { jobKey: 'another' });
		await job.execute(items, {}, { parameters: { version: 'draft' } });
		expect(job.submits).toBe(3);
	});

	it('is the same document whatever the signature of its address', async () => {
		const signed = (secret: string) =>
			urlItems(10).map(({ json }) => ({
				json: {
					...json,
					url: `${json.url as string}?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=${secret}`,
				},
			}));
		await job.execute(signed('one'));
		await job.execute(signed('two'));
		expect(job.simulator.ledger.runs).toHaveLength(10);
	});

	it.each(['default', 'filesystem'] as const)(
		'uploads only files that Extend does not have: n8n keeps them in %s',
		async (binaryMode) => {
			const files = (count: number) =>
				Array.from({ length: count }, (_, index) =>
					binaryItem(Buffer.from(`%PDF-1.4 ${index}`), {
						fileName: `${index}.pdf`,
						mimeType: 'application/pdf',
					}),
				);
			const more = { binaryMode, parameters: { source: 'binary' } };
			const run = async (count: number) =>
				await job.execute(await Promise.all(files(count)), { output: 'input' }, more);
			await run(7);
			const { outputs } = await run(10);
			expect(job.simulator.ledger.uploads).toHaveLength(10);
			expect(job.simulator.ledger.runs).toHaveLength(10);
			expect(outputs[0]).toHaveLength(10);
		},
	);

	it('needs the reference', async () => {
		const { error } = await job.execute(urlItems(2), { reference: false });
		expect(error?.message).toMatch(/^Job Key needs the option /);
		expect(job.simulator.ledger.requests).toHaveLength(0);
	});
});

describe('failed documents', () => {
	it('are submitted again if that is wished, and a third time only those that failed again', async () => {
		const items = urlItems(12).map((item, index) => ({
			json: { ...item.json, simulate: index % 4 === 0 ? 'FAILED' : 'PROCESSED' },
		}));
		const parameters = {
			metadataMode: 'fields',
			metadata: { values: [{ key: 'simulate', value: '={{ $json.simulate }}' }] },
		};
		const options = { resubmitFailed: true };
		await job.execute(items, options, { parameters });
		await job.ended();
		const fine = (count: number) =>
			items.map((item, index) => ({
				json: { ...item.json, simulate: index / 4 < count ? 'PROCESSED' : item.json.simulate },
			}));
		await job.execute(fine(2), options, { parameters });
		expect(job.simulator.ledger.runs).toHaveLength(12 + 3);
		await job.ended();
		const before = job.reads;
		await job.execute(fine(3), options, { parameters });
		expect(job.simulator.ledger.runs).toHaveLength(12 + 3 + 1);
		// One run of each of four batches, and each run that failed.
		expect(job.reads - before).toBeLessThanOrEqual(4 + 4);
		await job.ended();
		await job.execute(fine(3), options, { parameters });
		expect(job.simulator.ledger.runs).toHaveLength(16);
		await job.execute(fine(3), {}, { parameters });
		expect(job.simulator.ledger.runs).toHaveLength(16);
	});
});
