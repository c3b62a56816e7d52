import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { addDoubtHints, wordsOf } from '../../../nodes/documents/doubts';
import { ExtendBatchRunWorkflow } from '../../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { readInputs } from '../../../nodes/ExtendBatchRunWorkflow/parameters';
import { runNode } from '../../harness/engine';

/** Hints about documents at these addresses, for a credential; nothing is sent. */
async function hintsAbout(urls: string[], credential: object): Promise<string[]> {
	class Doubting extends ExtendBatchRunWorkflow {
		override async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const { inputs, doubts } = await readInputs(this);
			await addDoubtHints(this, doubts);
			return [inputs.map(({ itemIndex }) => ({ json: {}, pairedItem: itemIndex }))];
		}
	}
	const { hints, outputs } = await runNode({
		node: new Doubting(),
		items: urls.map((url) => ({ json: { url } })),
		parameters: {
			workflow: { __rl: true, mode: 'id', value: 'workflow_1' },
			fileUrl: '={{ $json.url }}',
		},
		credentials: { extendApi: { apiToken: 'sk_test', ...credential } },
		credentialTypes: [new ExtendApi()],
	});
	// They are hints only: every document goes on.
	expect(outputs[0]).toHaveLength(urls.length);
	return hints.map(({ message }) => message);
}

const PRIVATE = [
	'http://192.168.1.5/a.pdf',
	'http://10.0.0.7:9000/bucket/a.pdf',
	'https://localhost/a.pdf',
	'http://minio:9000/a.pdf',
	'https://files.corp.internal/a.pdf',
	'http://[fd00::1]/a.pdf',
];
const PUBLIC = 'https://files.example.com/a.pdf';

it.each(PRIVATE)('a document at %s gets a hint', async (url) => {
	expect(await hintsAbout([PUBLIC, url], { region: 'us' })).toEqual([
		`Extend probably cannot reach the File URL of 1 document (item 1): ${new URL(url).host} can only be reached from your own network. Read such files in n8n, and set Source to Binary File.`,
	]);
});

it('many of them get one hint, which names some hosts and all items', async () => {
	expect(await hintsAbout([...PRIVATE, PUBLIC, ...PRIVATE], { region: 'eu' })).toEqual([
		'Extend probably cannot reach the File URL of 12 documents (items 0–5, 7–12): 192.168.1.5, 10.0.0.7:9000, localhost and others can only be reached from your own network. Read such files in n8n, and set Source to Binary File.',
	]);
});

it('an Extend on this machine, or in the same network, reaches them', async () => {
	const local = { region: 'custom', baseUrl: 'http://127.0.0.1:4010' };
	expect(await hintsAbout(PRIVATE, local)).toEqual([]);
	const near = { region: 'custom', baseUrl: 'https://extend.corp.internal' };
	expect(await hintsAbout(PRIVATE, near)).toEqual([expect.stringContaining('(item 2): localhost')]);
	expect(await hintsAbout([PUBLIC], { region: 'us' })).toEqual([]);
});

it('a hint about very many items stays short', () => {
	const privateUrls = Array.from({ length: 50_000 }, (_, index) => ({
		itemIndex: index * 2,
		url: `http://host-${index}.local/a.pdf`,
	}));
	const [hint] = wordsOf({ privateUrls, roundedItems: [] }, 'https://api.extend.ai');
	expect(hint).toContain('50,000 documents');
	expect(hint?.length).toBeLessThan(400);
});
