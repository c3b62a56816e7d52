import fc from 'fast-check';

import { ComplaintError } from '../../../nodes/parameters/checks';
import { jsonObject, lossIn, toJsonObject } from '../../../nodes/parameters/jsonValues';

function complaintAbout(read: () => unknown): string {
	try {
		read();
	} catch (error) {
		if (error instanceof ComplaintError) return `${error.problem}. ${error.advice}`;
		throw error;
	}
	throw new Error('It was taken');
}

const read = (value: unknown) => jsonObject(value, 'JSON');

describe('a JSON text', () => {
	it.each([
		['{ "customer": 7615917337495251231 }', 'customer'],
		['{ "customer": -7615917337495251231 }', 'customer'],
		['{ "customer": 9007199254740993 }', 'customer'],
		// What a node before rounded: it may be wrong already.
		['{ "customer": 7615917337495251000 }', 'customer'],
		['{ "a": { "b": [1, { "c": 12345678901234567890 }] } }', 'a.b.1.c'],
		['{ "a": "12345678901234567890", "b": [[], [2, 9007199254740992]] }', 'b.1.1'],
		['{ "a": 1e999 }', 'a'],
		['{ "a": -1e400 }', 'a'],
		['{ "a": 1e-400 }', 'a'],
		['{ "a": 0.12345678901234567890 }', 'a'],
		['{ "a": 1234567890.1234567890123 }', 'a'],
		['{ "a\\"}": 1, "b": {}, "c": 90071992547409930 }', 'c'],
	])('%s has a number that would not stay', (json, at) => {
		expect(complaintAbout(() => read(json))).toMatch(
			new RegExp(`under “${at.replaceAll('.', '\\.')}” that is too long .* quotes`),
		);
		expect(complaintAbout(() => read(json))).not.toMatch(/\d{5}/);
	});

	it.each([
		'{ "a": 9007199254740991, "b": -9007199254740991 }',
		'{ "a": 1e21, "b": 6.02214076e23, "c": 1E-7, "d": 5.0, "e": 0.10, "f": -0, "g": 0e5 }',
		'{ "a": 3.141592653589793, "b": 0.30000000000000004, "c": 1.7976931348623157e308 }',
		'{ "a": "7615917337495251231", "7615917337495251231": "{\\"b\\": 7615917337495251231}" }',
		'{ "a": 120.50, "b": [1.10, [2.00]] }',
	])('%s stays as it is', (json) => {
		expect(read(json)).toEqual(JSON.parse(json));
	});

	it('stays as it is when JSON wrote it', () => {
		fc.assert(
			fc.property(fc.json(), (json) => {
				fc.pre(!/(?<![\d.])\d{16,}(?![\d.e])/.test(json));
				expect(lossIn(json)).toBeUndefined();
			}),
		);
		fc.assert(
			fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
				fc.pre(!Number.isInteger(number) || Number.isSafeInteger(number));
				expect(lossIn(`{"a":${number}}`)).toBeUndefined();
			}),
		);
	});

	it('tells every integer that does not stay', () => {
		fc.assert(
			fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (number) => {
				const isSafe = number >= -9007199254740991n && number <= 9007199254740991n;
				expect(lossIn(`{"a":[true,${number}]}`)?.at).toBe(isSafe ? undefined : 'a.1');
			}),
		);
	});

	it.each([
		['{ "a": 1, "a": 2 }', 'a'],
		['{ "a": 1, "b": { "c": 1, "c": 1 } }', 'b.c'],
		['{ "a": [{ "x": 1 }, { "x": 1, "\\u0078": 2 }] }', 'a.1.x'],
	])('%s has a name twice', (json, at) => {
		expect(complaintAbout(() => read(json))).toContain(`the name “${at}” twice`);
	});

	it.each(['{ "a": { "x": 1 }, "b": { "x": 1 }, "x": "x" }', '{ "a": ["a", "a"], "": "a" }'])(
		'%s has no name twice',
		(json) => {
			expect(read(json)).toEqual(JSON.parse(json));
		},
	);

	it.each(['{ a: 1 }', '{ “a”: 1 }', '{', 'undefined', '{"a":1,}'])('%s is not JSON', (json) => {
		expect(complaintAbout(() => read(json))).toMatch(/not valid JSON/);
	});

	it.each(['[1]', '1', '"a"', [1], true, 5, new Date(0)])('%j is no object', (value) => {
		expect(complaintAbout(() => read(value))).toMatch(/not a JSON object/);
	});

	it.each(['', ' \u200b', 'null', undefined, null, {}, '{}'])('%j is nothing', (value) => {
		expect(read(value)).toEqual({});
	});
});

describe('an object', () => {
	const cycle: Record<string, unknown> = {};
	cycle.list = [{ cycle }];

	it.each([
		[{ a: 7615917337495251231 }, /a number under “a” that is too long/],
		[{ a: { b: [1, 2 ** 60] } }, /a number under “a\.b\.1” that is too long/],
		[{ a: NaN }, /has NaN under “a”/],
		[{ a: [-Infinity] }, /has -Infinity under “a\.0”/],
		[{ a: () => 1 }, /has a function under “a”/],
		[{ a: Symbol('a') }, /has a symbol under “a”/],
		[{ a: new Map([[1, 2]]) }, /has a value of the kind Map under “a”/],
		[{ a: new Set([1]) }, /of the kind Set/],
		[{ a: new Error('x') }, /of the kind Error/],
		[{ a: new Date(NaN) }, /has an invalid date under “a”/],
		[{ a: { toJSON: () => null } }, /has an invalid date under “a”/],
		[new Map([['a', 1]]), /is a value of the kind Map, which/],
		[cycle, /an object that contains itself under “list\.0\.cycle”/],
	])('%# is refused', (value, complaint) => {
		expect(complaintAbout(() => read(value))).toMatch(complaint);
	});

	it('is written as JSON where there is one', () => {
		const shared = { a: 1 };
		expect(
			read({
				date: new Date('2026-11-25T10:00:00Z'),
				time: { zone: 'utc', toJSON: () => '2026-11-25T10:00:00.000Z' },
				large: 7615917337495251231n,
				nothing: undefined,
				list: [undefined, null, 1.5],
				twice: [shared, shared],
				deep: { text: 'x', yes: true, empty: {}, none: [] },
			}),
		).toEqual({
			date: '2026-11-25T10:00:00.000Z',
			time: '2026-11-25T10:00:00.000Z',
			large: '7615917337495251231',
			list: [null, null, 1.5],
			twice: [{ a: 1 }, { a: 1 }],
			deep: { text: 'x', yes: true, empty: {}, none: [] },
		});
	});

	it('stays what it is if it is JSON', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
				const json = JSON.stringify(value);
				fc.pre(!/(?<![\d.])\d{16}/.test(json));
				expect(JSON.stringify(read(value))).toBe(json);
			}),
		);
	});

	it('can be converted with more patience', () => {
		const rounded: string[] = [];
		const isLeftOut = (value: unknown) => value === 'file';
		expect(
			toJsonObject(
				{ id: 2 ** 60, none: NaN, a: 'file', b: { c: 'file' }, d: { e: ['file', 1] }, f: {} },
				{
					parameter: 'JSON',
					onRounded: (at) => rounded.push(at),
					allowsNaN: true,
					isLeftOut,
				},
			),
		).toEqual({ id: 2 ** 60, none: null, d: { e: [1] }, f: {} });
		expect(rounded).toEqual(['id']);
	});
});
