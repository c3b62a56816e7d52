/** More items than the stack holds arguments: lost answers and retries must not trip over their number. */
import { countDiscrepancies, findDiscrepancies } from '../nodes/batchRun/account';
import { runBatches, urlItems, urlsOf } from '../nodes/batchRun/batchRun';
import { startSimulator } from '../simulator';

const SUBMIT = { method: 'POST', path: '/workflow_runs/batch' };

it('submits 140,000 documents once each, with lost answers and a second try', async () => {
	const simulator = await startSimulator();
	simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 3 });
	simulator.faults.add({ kind: 'resetBefore', on: SUBMIT, nth: 5 });
	simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 100 });
	const items = [...urlItems(140_000), { json: { url: '' } }];
	const result = await runBatches(
		simulator,
		items,
		{ options: { output: 'input', settleSeconds: 2 } },
		{ onError: 'continueErrorOutput', retryOnFail: true, maxTries: 2 },
	);
	const { doubled, lost } = simulator.ledger.account(urlsOf(items).filter(Boolean));
	const discrepancies = findDiscrepancies(simulator, result, urlsOf(items));
	await simulator.close();
	expect(result.status).toBe('success');
	expect({ doubled, lost: lost.length > 0 }).toEqual({ doubled: [], lost: true });
	expect(countDiscrepancies(discrepancies)).toBe(0);
}, 240_000);
