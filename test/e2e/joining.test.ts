/** Each input item gets its own run behind Extend List Runs by Batch, or an error; never another one's. */
import { openBench, type Bench } from '../harness/e2e/workbench';
import {
	code,
	documentUrls,
	extend,
	items,
	listRuns,
	node,
	NODES,
	pipeline,
} from '../harness/e2e/pipeline';

let bench: Bench;
let folder: string;

beforeAll(async () => {
	bench = await openBench();
	folder = `${bench.simulator.url}/documents`;
});

beforeEach(() => {
	bench.simulator.reset();
	bench.simulator.settings.listOrder = 'shuffled';
});

afterAll(async () => {
	await bench.close();
});

const JOINED = listRuns({
	batchId: '={{ $json.extend.batchId }}',
	output: 'full',
	timeoutMinutes: 1,
	options: { joinInput: true },
});

const PER_INPUT = { options: { output: 'input' } };

/** The rows of the joined items whose run is that of another document; and how many have their own. */
function judge(joined: ReadonlyArray<{ json: { [name: string]: unknown } }>) {
	const pairs = joined.flatMap(({ json }) => {
		const run = (json.extend as { run?: { id: string } } | undefined)?.run;
		return run === undefined ? [] : [{ url: json.url, run: run.id }];
	});
	const documentOf = new Map(bench.simulator.ledger.runs.map(({ id, document }) => [id, document]));
	const wrong = pairs.filter(({ url, run }) => documentOf.get(run) !== url);
	return { own: pairs.length - wrong.length, wrong };
}

const rows = (bad: number) =>
	documentUrls(folder, 6).map((url, index) => ({ url: index === bad ? '' : url }));

test.each([0, 1, 5])('behind an error output, with row %i bad', async (bad) => {
	const execution = await bench.run(
		items(rows(bad)),
		extend(bench.workflowId, PER_INPUT, { onError: 'continueErrorOutput' }),
		JOINED,
	);
	expect(execution.status).toBe('success');
	expect(judge(execution.items(NODES.list))).toEqual({ own: 5, wrong: [] });
});

test.each([
	['filtered', 'return $input.all().filter((_, index) => index % 2 === 1);', 3],
	['in another order', 'return $input.all().reverse();', 6],
	['linked to one item', 'return $input.all().map((item) => ({ ...item, pairedItem: 0 }));', 6],
	['twice', 'return [...$input.all(), ...$input.all()];', 12],
])('behind a node that gives them %s', async (_how, jsCode, count) => {
	const execution = await bench.run(
		items(rows(-1)),
		extend(bench.workflowId, PER_INPUT),
		code(jsCode, 'Between'),
		JOINED,
	);
	expect(execution.status).toBe('success');
	expect(judge(execution.items(NODES.list))).toEqual({ own: count, wrong: [] });
});

test('behind a node whose output is pinned', async () => {
	const { client, credential, workflowId } = bench;
	const nodes = [items(rows(-1)), extend(workflowId, PER_INPUT)];
	const first = await client.runWorkflow(await client.createWorkflow(pipeline(nodes, credential)));
	const pinned = first.items(NODES.extend).map(({ json }) => ({ json }));
	const workflow = pipeline([...nodes, JOINED], credential);
	const execution = await client.runWorkflow(
		await client.createWorkflow({
			...workflow,
			pinData: { [NODES.extend]: pinned.slice(2).reverse() },
		}),
	);
	expect(execution.status).toBe('success');
	expect(bench.simulator.ledger.runs).toHaveLength(6);
	expect(judge(execution.items(NODES.list))).toEqual({ own: 4, wrong: [] });
});

describe('expressions behind List Runs find the document of each run', () => {
	const lookingBack = {
		...node('Looking Back', 'n8n-nodes-base.set', 3.4, {
			assignments: {
				assignments: [
					{
						id: 'url',
						name: 'url',
						type: 'string',
						value: `={{ $('${NODES.items}').item.json.url }}`,
					},
					{
						id: 'batch',
						name: 'batch',
						type: 'string',
						value: `={{ $('${NODES.extend}').item.json.batchId }}`,
					},
				],
			},
			includeOtherFields: true,
			options: {},
		}),
	};

	test.each([
		['right behind each other', []],
		['with a node in between', [code('return $input.all();', 'Between')]],
	])('%s', async (_how, between) => {
		const execution = await bench.run(
			items(rows(2)),
			extend(bench.workflowId, { options: { batchSize: 3 } }, { onError: 'continueErrorOutput' }),
			...between,
			listRuns({ timeoutMinutes: 1 }),
			lookingBack,
		);
		expect(execution.status).toBe('success');
		const found = execution.items('Looking Back').map(({ json }) => json);
		const documentOf = new Map(bench.simulator.ledger.runs.map((run) => [run.id, run]));
		expect(found).toHaveLength(5);
		for (const { runId, batchId, url, batch } of found) {
			expect(url).toBe(documentOf.get(runId as string)?.document);
			expect(batch).toBe(batchId);
		}
	});
});
