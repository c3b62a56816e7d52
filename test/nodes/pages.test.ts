/** Lists of several pages, whose tokens are good for one use: an answer that gets lost must not cost the list. */
import { ExtendApi } from '../../credentials/ExtendApi.credentials';
import { ExtendTrigger } from '../../nodes/ExtendTrigger/ExtendTrigger.node';
import { runLoadOptions } from '../harness/engine';
import { startSimulator, type Simulator } from '../simulator';
import { credentialsFor } from './batchRun/batchRun';

const ADDED = 2100;

describe.each(['singleUse', 'singleUseStrict'] as const)('page tokens: %s', (pageTokens) => {
	let simulator: Simulator;
	let all: number;

	beforeAll(async () => {
		simulator = await startSimulator({ settings: { pageTokens } });
		all = (await workflowIds()).length + ADDED;
		simulator.addWorkflows(ADDED);
	});

	afterAll(async () => {
		await simulator.close();
	});

	async function workflowIds(): Promise<unknown[]> {
		const choices = await runLoadOptions({
			node: new ExtendTrigger(),
			method: 'getWorkflows',
			credentials: credentialsFor(simulator),
			credentialTypes: [new ExtendApi()],
		});
		return choices.map(({ value }) => value);
	}

	it.each(['resetAfter', 'truncatedAfter', 'serverErrorAfter'] as const)(
		'every workflow is there once though the answer of a page gets lost (%s)',
		async (kind) => {
			const before = simulator.ledger.requests.length;
			simulator.faults.add({ kind, nth: 2, on: { method: 'GET', path: '/workflows' } });
			const ids = await workflowIds();
			expect(ids).toHaveLength(all);
			expect(new Set(ids).size).toBe(all);
			expect(simulator.ledger.requests.length - before).toBeGreaterThan(3);
		},
	);
});
