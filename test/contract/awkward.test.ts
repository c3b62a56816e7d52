import type { Extend } from 'extend-ai';

import { AWKWARD, SEED_WORKFLOWS, startSimulator, tame } from '../simulator';
import { defaultSettings } from '../simulator/world/settings';
import { pause, sdk, urlInputs } from './clients';

it('can be made tame in all ways or in some, for a reason', () => {
	const all = tame('Shows nothing but the way of one call');
	expect(Object.keys(all).sort()).toEqual(Object.keys(AWKWARD).sort());
	expect(tame('Compares the order', 'listOrder')).toEqual({ listOrder: 'input' });
	for (const name of Object.keys(AWKWARD) as Array<keyof typeof AWKWARD>) {
		expect(all[name]).not.toEqual(AWKWARD[name]);
		expect([all[name], AWKWARD[name]]).toContain(defaultSettings()[name]);
	}
	expect(() => tame(' ')).toThrow('Say why');
});

it('serves the official SDK at its most awkward, for who asks again', async () => {
	const simulator = await startSimulator({
		settings: { ...AWKWARD, readableDelayMs: 2_000, queueMs: 0, processMs: 0 },
	});
	try {
		const client = sdk(simulator);
		const workflow = { id: simulator.workflow(SEED_WORKFLOWS.invoices).id };
		const file = await client.files.upload(new File(['%PDF-1.4'], 'a.pdf'), {});
		const inputs = [...urlInputs(24), { file: { id: file.id } }];
		const { batchId } = await client.workflowRuns.createBatch({ workflow, inputs });
		const listed: Extend.WorkflowRunSummary[] = [];
		let nextPageToken: string | undefined;
		do {
			const page = await client.workflowRuns.list({ batchId, nextPageToken });
			listed.push(...page.data);
			nextPageToken = page.nextPageToken;
		} while (nextPageToken !== undefined);
		expect(listed).toHaveLength(25);
		const [{ id }] = listed as [Extend.WorkflowRunSummary];
		await expect(client.workflowRuns.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
		await pause(2_050);
		expect((await client.workflowRuns.retrieve(id)).status).toBe('PROCESSED');
	} finally {
		await simulator.close();
	}
});
