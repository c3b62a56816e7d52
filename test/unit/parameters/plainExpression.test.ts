/**
 * What is read without n8n's evaluator must be what n8n's evaluator gives, or be left to it. The
 * evaluator here is n8n's own, the `legacy` engine, which runs in this process; the `vm` engine is
 * compared in a real n8n, see test/e2e/expressions.test.ts.
 */
import fc from 'fast-check';
import type { INodeTypes } from 'n8n-workflow';
import { Workflow, createRunExecutionData } from 'n8n-workflow';

import { NOT_PLAIN, plainReader } from '../../../nodes/parameters/plainExpression';

const node = {
	id: '1',
	name: 'Node',
	type: 'probe',
	typeVersion: 1,
	position: [0, 0] as [number, number],
	parameters: {},
};
const nodeType = {
	description: { properties: [], inputs: ['main'], outputs: ['main'], version: 1 },
};
const nodeTypes = {
	getByName: () => nodeType,
	getByNameAndVersion: () => nodeType,
	getKnownTypes: () => ({}),
} as unknown as INodeTypes;
const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });

/** n8n's value, or what it throws. */
function evaluate(written: unknown, json: object): { value?: unknown; thrown?: string } {
	try {
		const value = workflow.expression.getParameterValue(
			written as string,
			createRunExecutionData({}),
			0,
			0,
			'Node',
			[{ json: json as never }],
			'manual',
			{},
		);
		return { value };
	} catch (error) {
		return { thrown: String(error) };
	}
}

function expectAgreement(written: unknown, json: object): boolean {
	const plain = plainReader(written)?.(json);
	if (plainReader(written) === undefined || plain === NOT_PLAIN) return false;
	expect({ value: plain }).toStrictEqual(evaluate(written, json));
	return true;
}

const KEYS = [
	'a',
	'b',
	'name',
	'file url',
	'größe',
	'名前',
	'length',
	'$x',
	'_id',
	'0',
	'1',
	'first',
];
const STRANGE_KEYS = [
	...KEYS,
	'toString',
	'constructor',
	'__proto__',
	'isEmpty',
	'prototype',
	'',
	' ',
];
const leaf = fc.oneof(
	fc.string({ unit: 'grapheme' }),
	fc.constantFrom('{{ $json.a }}', '=x', '=', '', 'constructor', '\ud800', 'a\nb', '\\', '"'),
	fc.double(),
	fc.integer(),
	fc.boolean(),
	fc.constant(null),
	fc.constant(undefined),
	fc.date({ noInvalidDate: true }),
	fc.bigInt(),
);
const { value: data } = fc.letrec((tie) => ({
	value: fc.oneof(
		{ maxDepth: 4 },
		leaf,
		fc.array(tie('value'), { maxLength: 3 }),
		fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 6 }),
	),
}));
const json = fc.dictionary(fc.constantFrom(...KEYS), data, { minKeys: 3, maxKeys: 8 });

const isName = (key: string) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key);
const step = fc
	.tuple(fc.constantFrom(...STRANGE_KEYS), fc.boolean(), fc.nat({ max: 5 }))
	.map(([key, isOptional, form]) => {
		const mark = isOptional ? '?.' : '';
		if (form < 3 && isName(key)) return `${mark || '.'}${key}`;
		if (form === 3 && /^\d$/.test(key)) return `${mark}[${key}]`;
		return form === 4 ? `${mark}['${key}']` : `${mark}[ "${key}" ]`;
	});
const chain = fc
	.array(step, { minLength: 1, maxLength: 4 })
	.map((steps) => `$json${steps.join('')}`);
const path = fc
	.tuple(
		fc.constantFrom('', ' ', '  '),
		fc.oneof(
			{ weight: 3, arbitrary: fc.tuple(chain) },
			fc.array(chain, { minLength: 2, maxLength: 3 }),
		),
		fc.constantFrom('??', ' ?? ', '  ??'),
	)
	.map(([space, chains, or]) => `{{${space}${chains.join(or)}${space}}}`);
const text = fc.oneof(
	fc.constant(''),
	fc.constantFrom(
		' ',
		'https://example.com/',
		'.pdf',
		'\n',
		'\\',
		'{',
		'}',
		'"',
		"'",
		'`${a}`',
		'=',
	),
	fc.string({ unit: 'grapheme' }),
);
const template = fc
	.tuple(text, fc.array(fc.tuple(path, text), { minLength: 1, maxLength: 3 }))
	.map(([start, parts]) => `=${start}${parts.map((part) => part.join('')).join('')}`);
const alone = path.map((expression) => `=${expression}`);

describe('plain expressions', () => {
	it('have the values that n8n gives them', () => {
		let read = 0;
		fc.assert(
			fc.property(fc.oneof(alone, template), json, (written, item) => {
				if (expectAgreement(written, item)) read++;
			}),
			{ numRuns: 4000 },
		);
		// Otherwise nothing was compared.
		expect(read).toBeGreaterThan(400);
	});

	it.each([
		['={{ $json.url }}', { url: 'https://x/a.pdf' }],
		['={{$json.url}}', { url: 'https://x/a.pdf' }],
		['={{ $json["file url"] }}', { 'file url': 1 }],
		["={{ $json['größe'].名前 }}", { größe: { 名前: 'x' } }],
		['={{ $json.list[1].id }}', { list: [{}, { id: 7 }] }],
		['={{ $json.list.length }}', { list: [1, 2] }],
		['={{ $json.missing }}', {}],
		['={{ $json.missing?.deeper.still }}', {}],
		['={{ $json.batchId ?? $json.extend?.batchId }}', { batchId: 'b' }],
		['={{ $json.batchId ?? $json.extend?.batchId }}', { batchId: '', extend: { batchId: 'b' } }],
		['={{ $json.batchId ?? $json.extend?.batchId }}', { extend: { batchId: 'b' } }],
		['={{ $json.batchId ?? $json.extend?.batchId }}', { batchId: null }],
		['={{ $json.a??$json.b ?? $json["??"] }}', { '??': 'x' }],
		['={{ $json._id }}', { _id: 'x' }],
		['={{ $json.none }}', { none: null }],
		['={{ $json.yes }}', { yes: false }],
		['=Invoice {{ $json.no }} of {{ $json.name }}.pdf', { no: 0, name: 'Müller' }],
		['=/{{ $json.missing }}/{{ $json.none }}/{{ $json.yes }}', { none: null, yes: false }],
	])('read %s without the evaluator', (written, item) => {
		expect(expectAgreement(written, item)).toBe(true);
	});

	it('read the rows of a collection', () => {
		const rows = [
			{ key: 'vendor', value: '={{ $json.vendor }}' },
			{ key: '={{ $json.name }}', value: 'fixed' },
		];
		expect(expectAgreement(rows, { vendor: 'A', name: 'b' })).toBe(true);
		expect(expectAgreement({ __rl: true, mode: 'id', value: '={{ $json.w }}' }, { w: 'x' })).toBe(
			true,
		);
	});

	it.each([
		'={{ $json.url.trim() }}',
		'={{ $json.a + $json.b }}',
		"={{ $('Start').item.json.url }}",
		'={{ $json }}',
		'={{ $jsonx.url }}',
		'={{ $json.a || "b" }}',
		'={{ $json.a ?? "b" }}',
		'={{ $json.a ?? }}',
		'={{ ?? $json.a }}',
		'={{ $json.a ??= $json.b }}',
		'={{ $json.a ?? $json.constructor }}',
		'={{ $json[$json.key] }}',
		'={{ $json["a\\"b"] }}',
		'={{ $json.constructor }}',
		'={{ $json.__proto__ }}',
		'={{ $json.url',
		'={{ }}',
		'={{ $json.a }} {{ $now }}',
		'={{ $json.a }} \\{{ $json.b }}',
		'={{ `${$json.a}` }}',
		'=text',
	])('leave %s to n8n', (written) => {
		expect(plainReader(written)).toBeUndefined();
	});

	it.each([
		['a date', { a: new Date(0) }],
		['an object', { a: { b: 1 } }],
		['a list', { a: [1] }],
		['no number', { a: NaN }],
		['minus zero', { a: -0 }],
		['a large integer', { a: 10n }],
	])('leave %s to n8n', (_, item) => {
		expect(plainReader('={{ $json.a }}')?.(item)).toBe(NOT_PLAIN);
	});

	it('leave a path through nothing, or through a text, to n8n, which knows what to say', () => {
		const read = plainReader('={{ $json.a.b }}');
		expect(read?.({})).toBe(NOT_PLAIN);
		expect(read?.({ a: null })).toBe(NOT_PLAIN);
		expect(read?.({ a: 'text' })).toBe(NOT_PLAIN);
	});
});
