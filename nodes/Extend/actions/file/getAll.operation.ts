import type { ExtendFile } from '../../../extend/api/types';
import { asJson } from '../../../extend/rows/reports';
import { operation } from '../../operation';
import { amount, listUpTo, readAmount } from '../listing';

interface Input {
	/** Most files to return; Infinity: all. */
	most: number;
	nameContains: string;
}

export const getAll = operation<Input>({
	resource: 'file',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many files',
	description: 'List the files in Extend, newest first, without their content',
	properties: [
		...amount,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			options: [
				{
					displayName: 'Name Contains',
					name: 'nameContains',
					type: 'string',
					default: '',
					placeholder: 'e.g. invoice',
					description: 'Return only files with this text in their name',
				},
			],
		},
	],
	task: 'The files could not be listed',
	subject: 'list of files',
	read: (read, itemIndex) => ({
		most: readAmount(read, itemIndex),
		nameContains: read.line('filters.nameContains', itemIndex),
	}),
	perform: async ({ client }, { most, nameContains }) => {
		const query = { sortDir: 'desc', ...(nameContains === '' ? {} : { nameContains }) };
		const files = await listUpTo<ExtendFile>(client, '/files', query, most);
		if (!files.ok) return files;
		return { ok: true, items: files.body.map((file) => ({ json: asJson(file) })) };
	},
});
