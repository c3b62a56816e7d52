import type { IExecuteFunctions, INodeType } from 'n8n-workflow';

import { runNode } from '.';

const probe: INodeType = {
	description: {
		displayName: 'Probe',
		name: 'probe',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: 'Probe' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [{ displayName: 'Url', name: 'url', type: 'string', default: '={{ $json.url }}' }],
	},
	async execute(this: IExecuteFunctions) {
		this.logger.info('hello', { a: 1 });
		return [
			this.getInputData().map((_i, item) => ({
				json: { url: this.getNodeParameter('url', item) },
				pairedItem: { item },
			})),
		];
	},
};

test('it runs', async () => {
	const result = await runNode({
		node: probe,
		items: [{ json: { url: 'a' } }, { json: { url: 'b' } }],
		after: { link: "={{ $('Start').item.json.url }}" },
	});
	expect(result.status).toBe('success');
	expect(result.outputs[0]?.map(({ json }) => json)).toEqual([{ url: 'a' }, { url: 'b' }]);
	expect(result.after[0]).toEqual([{ link: 'a' }, { link: 'b' }]);
	expect(result.logs).toEqual(['info: hello { a: 1 }']);
});
