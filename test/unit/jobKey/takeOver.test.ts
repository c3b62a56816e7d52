import fc from 'fast-check';

import {
	DocumentSequence,
	SubmissionIds,
	readSubmission,
} from '../../../nodes/ExtendBatchRunWorkflow/jobKey/submissionIds';
import {
	takeOver,
	type BatchReader,
	type JobBatch,
} from '../../../nodes/ExtendBatchRunWorkflow/jobKey/takeOver';
import { planBatches } from '../../../nodes/submit/batches';

const JOB = { key: 'job', workflowId: 'workflow_a', version: '' };

type RunStatus = 'fine' | 'failed';

/** A batch as Extend has it. */
interface Batch {
	submission: string;
	documents: string[];
	statuses: RunStatus[];
}

/** Extend, for one job; it counts what is read. */
class World {
	readonly batches: Batch[] = [];

	runsRead = 0;

	submit(submission: string, documents: string[]): void {
		this.batches.push({ submission, documents, statuses: documents.map(() => 'fine') });
	}

	/** What listing, and reading one run of each batch, tells. */
	known(): JobBatch[] {
		return this.batches.map(({ submission, documents }, index) => ({
			batchId: String(index),
			documentsPart: readSubmission(submission)!.documents,
			size: documents.length,
			document: documents[index % documents.length]!,
			documents: undefined,
		}));
	}

	reader(resubmitsFailed = false): BatchReader {
		const batchOf = ({ batchId }: JobBatch) => this.batches[Number(batchId)]!;
		return {
			read: async (batch) => {
				const { documents, statuses } = batchOf(batch);
				this.runsRead += documents.length;
				const runs = documents.map((document, position) => ({ document, position }));
				const body = runs.filter(
					({ position }) => !resubmitsFailed || statuses[position] === 'fine',
				);
				return { ok: true, body };
			},
			readFailed: async (batch) => {
				if (!resubmitsFailed) return { ok: true, body: [] };
				const { documents, statuses } = batchOf(batch);
				const body = documents.filter((_, position) => statuses[position] === 'failed');
				this.runsRead += body.length;
				return { ok: true, body };
			},
		};
	}

	count(document: string): number {
		return this.batches.flatMap(({ documents }) => documents).filter((d) => d === document).length;
	}
}

const inputsOf = (documents: readonly string[], batchSize: number) => {
	const settings = { batchSize };
	return documents.map((identity, itemIndex) => ({
		identity,
		itemIndex,
		settings,
		file: { id: 'file_a' },
	}));
};

/** One execution: takes over what is there, and submits the rest until it is killed. */
async function execute(
	world: World,
	documents: readonly string[],
	batchSize: number,
	{ batches = Infinity, resubmitsFailed = false, shuffle = (list: string[][]) => list } = {},
) {
	const inputs = inputsOf(documents, batchSize);
	const result = await takeOver(
		inputs,
		world.known(),
		{ plan: (rest) => planBatches(rest), sequences: (rest) => [rest] },
		world.reader(resubmitsFailed),
	);
	const ids = new SubmissionIds();
	const planned = planBatches(result.rest).map((batch) => batch.map(({ identity }) => identity));
	for (const batch of shuffle(planned).slice(0, batches)) {
		if (batch.length > 0) world.submit(ids.next(JOB, batch), batch);
	}
	return result;
}

const anyDocuments = (min = 0) =>
	fc.array(fc.constantFrom(...'ABCDEFGHIJKLMNOP'.split('')), { minLength: min, maxLength: 40 });

const countIn = (documents: readonly string[], wanted: string) =>
	documents.filter((document) => document === wanted).length;

describe('a job that is run again', () => {
	it('ends with as many runs of each document as it occurs, wherever it was cut', async () => {
		await fc.assert(
			fc.asyncProperty(
				anyDocuments(1),
				fc.integer({ min: 1, max: 9 }),
				fc.array(fc.nat({ max: 5 }), { maxLength: 4 }),
				async (documents, batchSize, cuts) => {
					const world = new World();
					for (const batches of cuts) await execute(world, documents, batchSize, { batches });
					const { taken, rest } = await execute(world, documents, batchSize);
					for (const document of documents) {
						expect([document, world.count(document)]).toEqual([
							document,
							countIn(documents, document),
						]);
					}
					const handled = taken.flatMap(({ inputs }) => inputs);
					expect(new Set([...handled, ...rest]).size).toBe(documents.length);
				},
			),
		);
	});

	it('does so with rows added, removed, doubled and in any order, and other batch sizes', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(
					fc.record({
						documents: anyDocuments(),
						batchSize: fc.integer({ min: 1, max: 9 }),
						batches: fc.nat({ max: 5 }),
					}),
					{ minLength: 1, maxLength: 5 },
				),
				async (tries) => {
					const world = new World();
					for (const { documents, batchSize, batches } of tries) {
						await execute(world, documents, batchSize, { batches });
					}
					const { documents, batchSize } = tries.at(-1)!;
					await execute(world, documents, batchSize);
					for (const document of documents) {
						const most = Math.max(...tries.map((one) => countIn(one.documents, document)));
						const runs = world.count(document);
						expect(runs).toBeGreaterThanOrEqual(countIn(documents, document));
						expect(runs).toBeLessThanOrEqual(most);
					}
				},
			),
		);
	});

	it('gives each run to one input only, at the position where its document stands', async () => {
		await fc.assert(
			fc.asyncProperty(
				anyDocuments(1),
				anyDocuments(1),
				fc.integer({ min: 1, max: 9 }),
				async (before, documents, batchSize) => {
					const world = new World();
					await execute(world, before, batchSize);
					const { taken } = await execute(world, documents, batchSize, { batches: 0 });
					const places = taken.flatMap(({ batchId, inputs, runs }) =>
						inputs.map((input, index) => {
							const { position = -1 } = runs[index]!;
							const batch = world.batches[Number(batchId)]!;
							expect(batch.documents[position]).toBe(input.identity);
							return `${batchId} ${position}`;
						}),
					);
					expect(new Set(places).size).toBe(places.length);
				},
			),
		);
	});

	it('submits what failed again, and a third time only what failed the second time', async () => {
		await fc.assert(
			fc.asyncProperty(
				anyDocuments(1),
				fc.integer({ min: 1, max: 9 }),
				fc.infiniteStream(fc.boolean()),
				async (documents, batchSize, failures) => {
					const world = new World();
					let submitted = [...documents];
					for (let round = 0; round < 4; round++) {
						const before = world.batches.length;
						await execute(world, documents, batchSize, { resubmitsFailed: true });
						const batches = world.batches.slice(before);
						const sent = batches.flatMap((batch) => batch.documents);
						expect([...sent].sort()).toEqual([...submitted].sort());
						submitted = batches.flatMap((batch) =>
							batch.documents.filter((_, position) => {
								const hasFailed = failures.next().value;
								batch.statuses[position] = hasFailed ? 'failed' : 'fine';
								return hasFailed;
							}),
						);
					}
				},
			),
		);
	});
});

describe('what a job that is run again costs', () => {
	const documents = Array.from({ length: 100 }, (_, index) => `INV-${index}`);

	async function readsAfter(changed: string[], batches = 7): Promise<number> {
		const world = new World();
		await execute(world, documents, 10, {
			batches,
			// Batches are submitted side by side, so a kill leaves gaps.
			shuffle: (list) => list.filter((_, index) => index !== 2),
		});
		await execute(world, changed, 10);
		return world.runsRead;
	}

	test.each([
		['unchanged', documents],
		['with rows at the end', [...documents, 'NEW-1', 'NEW-2']],
		['with rows at the beginning', ['NEW-1', 'NEW-2', ...documents]],
		['with rows between', documents.flatMap((d, i) => (i % 20 === 0 ? ['NEW', d] : [d]))],
	])('no run is read: %s', async (_case, changed) => {
		expect(await readsAfter(changed)).toBe(0);
	});

	it('reads the runs of the batches that do not fit any more', async () => {
		expect(await readsAfter(documents.filter((_, index) => index !== 14))).toBe(10);
		expect(await readsAfter(documents.slice(10))).toBe(10);
	});

	it('reads nothing after a batch was submitted in parts', async () => {
		const world = new World();
		const ids = new SubmissionIds();
		for (const part of [documents.slice(0, 25), documents.slice(25, 50)]) {
			world.submit(ids.next(JOB, part), part);
		}
		await execute(world, documents, 50);
		expect(world.runsRead).toBe(0);
		expect(world.batches).toHaveLength(3);
	});

	it('reads nothing more when nothing is missing', async () => {
		const world = new World();
		await execute(world, documents, 10);
		world.submit(new SubmissionIds().next(JOB, ['X', 'Y']), ['X', 'Y']);
		await execute(world, documents, 10);
		expect(world.runsRead).toBe(0);
		expect(world.batches).toHaveLength(11);
	});

	it('stays bearable where all documents are the same', async () => {
		const world = new World();
		const same = Array.from({ length: 3000 }, () => 'SAME');
		const part = new DocumentSequence(['OTHER', ...same.slice(0, 999)]).documentsPart();
		const batch: JobBatch = {
			batchId: '0',
			documentsPart: part,
			size: 1000,
			document: 'SAME',
			documents: undefined,
		};
		world.submit(`0123456789abcdef-${part}-0`, ['OTHER', ...same.slice(0, 999)]);
		const { rest } = await takeOver(
			inputsOf(same, 1000),
			[batch],
			{ plan: (inputs) => planBatches(inputs), sequences: (inputs) => [inputs] },
			world.reader(),
		);
		expect(rest).toHaveLength(3000 - 999);
	});
});
