import { NOT_PLAIN, plainReader } from '../../nodes/parameters/plainExpression';
import type { ItemJson, Json } from '../harness/n8n/n8nData';

import { openBench, type Bench } from '../harness/e2e/workbench';
import { extend, items, node } from '../harness/e2e/pipeline';

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

/** Each path alone and in a text, as a parameter is written. */
const WRITTEN = PATHS.flatMap((path) => [`={{ ${path} }}`, `=no. {{ ${path} }}/{{ $json.a }}.pdf`]);

/** The same for n8n: what stands in parentheses is left to it. */
function forN8n(written: string): string {
	return written.replace(/\{\{ (.*?) \}\}/g, '{{ ($1) }}');
}

const EDIT_FIELDS = 'Edit Fields';

/** A node of n8n's that evaluates expressions and puts out the values, named by their place. */
function editFields(expressions: readonly string[]) {
	return node(EDIT_FIELDS, 'n8n-nodes-base.set', 3.4, {
		assignments: {
			assignments: expressions.map((value, index) => ({
				id: String(index),
				name: String(index),
				value,
				// Of a type that it does not know, it converts nothing.
				type: 'any',
			})),
		},
		options: { dotNotation: false },
	});
}

describe('expressions that only name fields', () => {
	let bench: Bench;
	let jsons: ItemJson[];

	beforeAll(async () => {
		bench = await openBench();
		jsons = VALUES.map((value, index) => ({
			url: `${bench.simulator.url}/documents/${index}.pdf`,
			a: value,
			'the key': { größe: value },
			list: [value, { id: value }],
			none: null,
			_id: value,
			名前: value,
		}));
	});

	afterAll(async () => {
		await bench.close();
	});

	test('are read as n8n evaluates them, with its default engine', async () => {
		const execution = await bench.run(items(jsons), editFields(WRITTEN));
		expect(execution.error).toBeUndefined();
		const evaluated = execution.items(EDIT_FIELDS).map(({ json }) => json);
		expect(evaluated).toHaveLength(VALUES.length);
		let compared = 0;
		for (const [index, written] of WRITTEN.entries()) {
			// Here nothing but our reader gives the value: this process has no n8n.
			const read = plainReader(written);
			expect(read).toBeDefined();
			for (const [row, json] of jsons.entries()) {
				const value = read?.(JSON.parse(JSON.stringify(json)));
				if (value === NOT_PLAIN) continue;
				compared += 1;
				expect({ written, row, value: value ?? null }).toStrictEqual({
					written,
					row,
					value: evaluated[row]?.[String(index)] ?? null,
				});
			}
		}
		expect(compared).toBeGreaterThan(0.7 * WRITTEN.length * VALUES.length);
	});

	test('give each run the metadata that n8n would give it', async () => {
		// One value that is left to n8n would leave all fields of an item to it.
		const written = WRITTEN.filter((text) => !text.includes('$json.a?.b'));
		const ours = jsons.filter((json) =>
			written.every((text) => plainReader(text)?.(json) !== NOT_PLAIN),
		);
		expect(ours.length).toBeGreaterThan(10);
		expect(written.filter((text) => plainReader(forN8n(text)) !== undefined)).toEqual([]);
		const metadataOf = async (expressions: readonly string[]) => {
			bench.simulator.reset();
			const values = expressions.map((value, index) => ({ key: `field ${index}`, value }));
			const execution = await bench.run(
				items(jsons),
				extend(bench.workflowId, { metadataMode: 'fields', metadata: { values } }),
			);
			expect(execution.error).toBeUndefined();
			return bench.simulator.ledger.runs.map(({ metadata }) => ({ ...metadata, n8n: undefined }));
		};
		const plain = await metadataOf(written);
		expect(plain).toHaveLength(VALUES.length);
		expect(Object.keys(plain[0] ?? {})).toHaveLength(written.length + 1);
		expect(plain).toStrictEqual(await metadataOf(written.map(forN8n)));
	});
});
