/** Runs that appear in Extend's lists half a minute late, with the node's own settings. */
import { countDiscrepancies, findDiscrepancies } from '../nodes/batchRun/account';
import { runBatches, urlItems, urlsOf } from '../nodes/batchRun/batchRun';
import { startSimulator } from '../simulator';

it.each(['stopWorkflow', 'continueErrorOutput'] as const)(
	'adopts lost batches that become visible after 30 seconds: %s',
	async (onError) => {
		const simulator = await startSimulator({ settings: { visibilityDelayMs: 30_000 } });
		const submit = { method: 'POST', path: '/workflow_runs/batch' };
		for (const nth of [1, 5, 10]) simulator.faults.add({ kind: 'resetAfter', on: submit, nth });
		const items = urlItems(50);
		const result = await runBatches(simulator, items, { options: { batchSize: 5 } }, { onError });
		const submits = simulator.ledger.requests.filter(({ category }) => category === 'RUN').length;
		const discrepancies = countDiscrepancies(findDiscrepancies(simulator, result, urlsOf(items)));
		await simulator.close();
		expect(result.status).toBe('success');
		expect(discrepancies).toBe(0);
		expect(submits).toBe(10);
	},
	120_000,
);
