import axios from 'axios';

import { SEED_WORKFLOWS, startSimulator, TOKENS } from '../simulator';

import { chooseService } from '../../demo/chooseService';
import { realService, realServiceSettings } from '../../demo/realService';

const ALL = { EXTEND_API_TOKEN: 'sk', EXTEND_WORKFLOW_ID: 'workflow_1', EXTEND_REGION: 'eu' };

describe('the real service in the demo', () => {
	test('is not thought of without a token', () => {
		expect(realServiceSettings({})).toBeUndefined();
	});

	test('needs a workflow and a region', () => {
		expect(realServiceSettings({ EXTEND_API_TOKEN: 'sk' })).toEqual({
			missing: ['EXTEND_WORKFLOW_ID', 'EXTEND_REGION'],
		});
		expect(realServiceSettings(ALL)).toMatchObject({ credential: { region: 'eu' } });
		expect(() => realServiceSettings({ ...ALL, EXTEND_REGION: 'moon' })).toThrow('EXTEND_REGION');
		const plain = { EXTEND_REGION: 'custom', EXTEND_BASE_URL: 'http://extend.example' };
		expect(() => realServiceSettings({ ...ALL, ...plain })).toThrow('EXTEND_BASE_URL');
	});

	test('is not used when nobody can be asked', async () => {
		const said = jest.spyOn(console, 'log').mockImplementation(() => undefined);
		const before = process.env;
		process.env = { ...before, ...ALL };
		try {
			const service = await chooseService(3);
			await service.close();
			expect(service.name).toContain('simulator');
			expect(said.mock.calls.flat().join()).toContain('no terminal');
		} finally {
			process.env = before;
			said.mockRestore();
		}
	});

	test('counts the runs of its batches', async () => {
		const simulator = await startSimulator();
		try {
			const workflowId = simulator.workflow(SEED_WORKFLOWS.invoices).id;
			const headers = {
				Authorization: `Bearer ${TOKENS.workspace}`,
				'x-extend-api-version': '2026-02-09',
			};
			const inputs = ['one', 'two', 'three'].map((text) => ({ file: { text } }));
			const { data } = await axios.post<{ batchId: string }>(
				`${simulator.url}/workflow_runs/batch`,
				{ workflow: { id: workflowId }, inputs },
				{ headers, proxy: false },
			);
			const service = realService({
				credential: { apiToken: TOKENS.workspace, region: 'custom', baseUrl: simulator.url },
				workflowId,
			});
			expect(await service.account(['one', 'two', 'three'], [data.batchId])).toEqual({
				documents: 3,
				batches: 1,
				runs: 3,
				doubled: 0,
				lost: 0,
			});
		} finally {
			await simulator.close();
		}
	});
});
