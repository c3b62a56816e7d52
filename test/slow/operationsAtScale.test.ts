/**
 * The operations of the node Extend on runs and files, each for many items at once under a limit of 10 calls per
 * second. It prints how much of the limit each uses; only a collapse fails, because real time means little on a
 * busy machine. `ITEMS=1000` makes it larger.
 */
import type { INodeExecutionData } from 'n8n-workflow';

import { binaryItem } from '../harness/engine';
import { jsonOf } from '../nodes/batchRun/batchRun';
import { runExtend } from '../nodes/extend/extend';
import { callExtend, submitBatch, untilProcessed } from '../nodes/listRuns/listRuns';
import { startSimulator, type Simulator } from '../simulator';

const ITEMS = Number(process.env.ITEMS ?? 150);
const LIMIT = 10;
const COLLAPSE = 0.5;

async function runs(simulator: Simulator, simulate: string): Promise<INodeExecutionData[]> {
	for (let left = ITEMS; left > 0; left -= 1_000) {
		await submitBatch(simulator, Math.min(left, 1_000), () => ({ simulate }));
	}
	if (simulate !== 'stuck') await untilProcessed(simulator);
	return simulator.ledger.runs.map(({ id }) => ({ json: { runId: id } }));
}

async function files(simulator: Simulator): Promise<INodeExecutionData[]> {
	const items: INodeExecutionData[] = [];
	for (let index = 0; index < ITEMS; index++) {
		const form = new FormData();
		form.append('file', new File(['%PDF-1.4'], `${index}.pdf`));
		const { id } = await callExtend<{ id: string }>(simulator, 'POST', '/files/upload', form);
		items.push({ json: { id } });
	}
	return items;
}

async function documents(): Promise<INodeExecutionData[]> {
	return await Promise.all(
		Array.from({ length: ITEMS }, async (_, index) =>
			binaryItem(Buffer.from(`document ${index}`), { fileName: `${index}.txt` }),
		),
	);
}

const OPERATIONS: Array<
	[resource: string, operation: string, (simulator: Simulator) => Promise<INodeExecutionData[]>]
> = [
	['run', 'get', async (simulator) => await runs(simulator, 'PROCESSED')],
	['run', 'update', async (simulator) => await runs(simulator, 'PROCESSED')],
	['run', 'delete', async (simulator) => await runs(simulator, 'PROCESSED')],
	['run', 'cancel', async (simulator) => await runs(simulator, 'stuck')],
	['file', 'get', files],
	['file', 'delete', files],
	['file', 'download', files],
	['file', 'upload', documents],
];

it('each operation uses the limit, and fails no item', async () => {
	const figures = await Promise.all(
		OPERATIONS.map(async ([resource, operation, itemsFor]) => {
			const simulator = await startSimulator({
				settings: { queueMs: 1, processMs: 5, readableDelayMs: 0 },
			});
			try {
				const items = await itemsFor(simulator);
				simulator.settings.rateLimits = { GET: LIMIT, WRITE: LIMIT, RUN: LIMIT };
				const before = simulator.ledger.requests.length;
				const parameters = operation === 'update' ? { name: 'Checked' } : {};
				const { outputs, status } = await runExtend(
					simulator,
					[resource, operation],
					items,
					parameters,
				);
				const done = simulator.ledger.requests.slice(before).filter((call) => call.status === 200);
				const times = done.map(({ at }) => at);
				const seconds = (Math.max(...times) - Math.min(...times)) / 1_000;
				const calls = Math.max(
					...['GET', 'WRITE', 'RUN'].map(
						(limited) => done.filter(({ category }) => category === limited).length,
					),
				);
				const used = (calls - 1) / seconds / LIMIT;
				process.stdout.write(
					`${resource} ${operation}: ${ITEMS} items, ${calls} calls in ${seconds.toFixed(1)} s, ${(100 * used).toFixed(0)} % of the limit\n`,
				);
				const good = jsonOf(outputs[0]).filter((json) => !('error' in json));
				return { name: `${resource} ${operation}`, status, good: good.length, used };
			} finally {
				await simulator.close();
			}
		}),
	);
	for (const figure of figures) {
		expect(figure).toMatchObject({ status: 'success', good: ITEMS });
		expect(figure.used).toBeGreaterThan(COLLAPSE);
	}
}, 600_000);
