import type { INodeExecutionData } from 'n8n-workflow';

import { startSimulator, type Simulator } from '../../simulator';
import { errorsByItem, jsonOf, linkedItems } from '../batchRun/batchRun';
import { callExtend } from '../listRuns/listRuns';
import { runExtend } from './extend';

const GET: [string, string] = ['file', 'get'];
const GET_MANY: [string, string] = ['file', 'getAll'];
const DELETE: [string, string] = ['file', 'delete'];

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator();
});
beforeEach(() => {
	simulator.reset();
});
afterAll(async () => {
	await simulator.close();
});

/** Has Extend get a file with this name. @returns its id */
async function uploaded(name: string): Promise<string> {
	const form = new FormData();
	form.append('file', new File(['%PDF-1.4'], name));
	const { id } = await callExtend<{ id: string }>(simulator, 'POST', '/files/upload', form);
	return id;
}

const fileItems = (...ids: string[]): INodeExecutionData[] => ids.map((id) => ({ json: { id } }));

describe('Get', () => {
	it('gets a file with a link to its content', async () => {
		const id = await uploaded('invoice.pdf');
		const { outputs } = await runExtend(simulator, GET, fileItems(id, id));
		expect(jsonOf(outputs[0])).toMatchObject([
			{ object: 'file', id, name: 'invoice.pdf', type: 'PDF', presignedUrl: expect.any(String) },
			{ id },
		]);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1]]);
	});

	it('says which file Extend does not have', async () => {
		const { error } = await runExtend(simulator, GET, fileItems('file_none'));
		expect(error?.message).toBe(
			'The file could not be read: Extend does not find the file [item 0]',
		);
	});
});

describe('Get Many', () => {
	it('returns the newest files up to the limit, or all, by name', async () => {
		const ids: string[] = [];
		for (const name of ['a.pdf', 'b.pdf', 'ab.pdf']) ids.push(await uploaded(name));
		const names = async (parameters: object) =>
			jsonOf(
				(await runExtend(simulator, GET_MANY, [{ json: {} }], { ...parameters })).outputs[0],
			).map(({ name }) => name);
		expect(await names({ limit: 2 })).toEqual(['ab.pdf', 'b.pdf']);
		expect(await names({ returnAll: true })).toEqual(['ab.pdf', 'b.pdf', 'a.pdf']);
		expect(await names({ filters: { nameContains: 'b' } })).toEqual(['ab.pdf', 'b.pdf']);
	});
});

describe('Delete', () => {
	it('deletes files, and counts those that are gone as deleted', async () => {
		const [first, second] = [await uploaded('a.pdf'), await uploaded('b.pdf')];
		const { outputs } = await runExtend(simulator, DELETE, fileItems(first, first, 'file_none'));
		const [one, other, none] = jsonOf(outputs[0]);
		expect([one?.goneBefore, other?.goneBefore].sort()).toEqual([false, true]);
		expect(none).toEqual({ fileId: 'file_none', deleted: true, goneBefore: true });
		const left = await runExtend(simulator, GET_MANY, [{ json: {} }]);
		expect(jsonOf(left.outputs[0]).map(({ id }) => id)).toEqual([second]);
	});

	it('sends what cannot be deleted to the error output, and deletes the others', async () => {
		const [first, second] = [await uploaded('a.pdf'), await uploaded('b.pdf')];
		simulator.faults.add({ kind: 'refuse', status: 400, on: { path: `/files/${first}` } });
		const items = [...fileItems(first, second), { json: { id: 'workflow_run_1' } }];
		const { outputs } = await runExtend(
			simulator,
			DELETE,
			items,
			{},
			{ onError: 'continueErrorOutput' },
		);
		expect(jsonOf(outputs[0])).toMatchObject([{ fileId: second }]);
		const errors = errorsByItem(outputs[1]);
		expect(errors.get(0)).toMatch(/^The file could not be deleted/);
		expect(errors.get(2)).toMatch(/^File ID is “workflow_run_1”, the ID of a single run/);
	});
});
