import { fetchRun } from '../../../extend/api/runs';
import { resultOf } from '../../../extend/rows/reports';
import { operation } from '../../operation';
import { evenIfNew } from '../../waiting/patience';
import { readRunId, readWholeRunOutput, runId, wholeRunOutput } from './run';

interface Input {
	id: string;
	output: 'simplified' | 'full';
}

export const get = operation<Input>({
	resource: 'run',
	value: 'get',
	name: 'Get',
	action: 'Get a run',
	description: 'Get the current status and results of a workflow run',
	properties: [runId, wholeRunOutput],
	task: 'The run could not be read',
	subject: 'run',
	read: (read, itemIndex, json) => ({
		id: readRunId(read, itemIndex, json),
		output: readWholeRunOutput(read, itemIndex),
	}),
	perform: async ({ client }, { id, output }) => {
		const run = await evenIfNew(client, async () => await fetchRun(client, id));
		if (!run.ok) return { ...run, ids: { runId: id } };
		return { ok: true, items: [{ json: resultOf(run.body, output) }] };
	},
});
