import { metadataProperties } from '../../../documents/properties';
import { updateRun } from '../../../extend/api/runs';
import type { RunChanges } from '../../../extend/api/runs';
import { REFERENCE_KEY } from '../../../extend/runs/reference';
import { resultOf } from '../../../extend/rows/reports';
import { operation } from '../../operation';
import { evenIfNew } from '../../waiting/patience';
import { readRunId, readWholeRunOutput, runId, wholeRunOutput } from './run';

interface Input {
	id: string;
	changes: RunChanges;
	output: 'simplified' | 'full';
}

export const update = operation<Input>({
	resource: 'run',
	value: 'update',
	name: 'Update',
	action: 'Update a run',
	description: 'Name a workflow run, or add to its metadata',
	properties: [
		runId,
		{
			displayName: 'Name',
			name: 'name',
			type: 'string',
			default: '',
			placeholder: 'e.g. Invoice 42 of customer c-17',
			description: 'The name of the run in the Extend dashboard. Leave empty to keep its name.',
		},
		...metadataProperties,
		wholeRunOutput,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Usage Tags',
					name: 'usageTags',
					type: 'string',
					default: '',
					placeholder: 'e.g. production, invoices',
					description:
						'Comma-separated tags for Extend’s usage reports. They replace those of the run.',
				},
			],
		},
	],
	task: 'The run could not be updated',
	subject: 'run',
	read: (read, itemIndex, json, { metadata: reader }) => {
		const id = readRunId(read, itemIndex, json);
		const output = readWholeRunOutput(read, itemIndex);
		const name = read.line('name', itemIndex);
		const metadata = reader.read(itemIndex, false);
		if (metadata !== undefined && Object.hasOwn(metadata, REFERENCE_KEY)) {
			read.complain(
				'metadataMode',
				`has a key “${REFERENCE_KEY}”, which may be the run’s tracking reference`,
				'Rename the key or leave it out.',
			);
		}
		if (name === '' && metadata === undefined) {
			read.complain(
				'name',
				'is empty, and there is no metadata either',
				'Enter a name or metadata.',
			);
		}
		return {
			id,
			changes: {
				...(name === '' ? {} : { name }),
				...(metadata === undefined ? {} : { metadata }),
			},
			output,
		};
	},
	perform: async ({ client }, { id, changes, output }) => {
		const run = await evenIfNew(client, async () => await updateRun(client, id, changes));
		if (!run.ok) return { ...run, ids: { runId: id } };
		return { ok: true, items: [{ json: resultOf(run.body, output) }] };
	},
});
