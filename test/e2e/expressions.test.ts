import type { ItemJson, Json } from '../n8n/n8nData';

import { openBench, type Bench } from './bench';
import { extend, items } from './pipeline';

/** Paths as a user drags them. */
const PATHS = [
	'$json.a',
	'$json["a"]',
	"$json['the key'].größe",
	'$json.list[0]',
	'$json.list[1].id',
	'$json.list.length',
	'$json.missing',
	'$json.missing?.deeper',
	'$json.none?.deeper?.still',
	'$json.a?.b',
	'$json._id',
	'$json.名前',
];

const VALUES: Json[] = [
	'text',
	'',
	' space ',
	'{{ $json.a }}',
	'=1',
	'a\nb\\"\'',
	'🧾 größe',
	'2026-11-24T10:00:00.000Z',
	'\ud800',
	0,
	-1.5,
	1e21,
	9007199254740993,
	true,
	false,
	null,
	[],
	['a', 1],
	{ b: { c: 1 } },
];

describe('expressions that only name fields', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	afterAll(async () => {
		await bench.close();
	});

	test('have the values that n8n gives them, with its default engine', async () => {
		const rows = PATHS.flatMap((path, index) => [
			{ key: `plain ${index}`, value: `={{ ${path} }}` },
			// In parentheses it is left to n8n.
			{ key: `n8n ${index}`, value: `={{ (${path}) }}` },
			{ key: `plain text ${index}`, value: `=no. {{ ${path} }}/{{ $json.a }}.pdf` },
			{ key: `n8n text ${index}`, value: `=no. {{ (${path}) }}/{{ ($json.a) }}.pdf` },
		]);
		const jsons = VALUES.map((value, index): ItemJson => ({
			url: `${bench.simulator.url}/documents/${index}.pdf`,
			a: value,
			'the key': { größe: value },
			list: [value, { id: value }],
			none: null,
			_id: value,
			名前: value,
		}));
		const execution = await bench.run(
			items(jsons),
			extend(bench.workflowId, { metadataMode: 'fields', metadata: { values: rows } }),
		);
		expect(execution.error).toBeUndefined();
		const { runs } = bench.simulator.ledger;
		expect(runs).toHaveLength(VALUES.length);
		for (const { metadata } of runs) {
			for (const [key, value] of Object.entries(metadata)) {
				if (!key.startsWith('plain')) continue;
				expect({ [key]: value }).toStrictEqual({ [key]: metadata[key.replace('plain', 'n8n')] });
			}
		}
		expect(Object.keys(runs[0]?.metadata ?? {})).toHaveLength(rows.length + 1);
	});
});
