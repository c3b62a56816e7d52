import fc from 'fast-check';

import { jsonBytes, mostJsonBytes } from '../../../nodes/parameters/jsonValues';

const value = fc.oneof(
	fc.string({ unit: 'binary' }),
	fc.constantFrom('\u0000', '\ud800', '"\\', '€', '😀').map((text) => text.repeat(200)),
	fc.double(),
	fc.integer(),
	fc.boolean(),
	fc.constantFrom(null, undefined),
);

test('bytes of JSON are counted, not characters', () => {
	expect(jsonBytes({})).toBe(2);
	expect(jsonBytes({ a: 'x' })).toBe(9);
	expect(jsonBytes({ a: 'é' })).toBe(10);
	expect(jsonBytes({ a: '履' })).toBe(11);
	expect(jsonBytes({ a: '📄' })).toBe(12);
	expect(jsonBytes({ a: '"' })).toBe(10);
});

test('a text or an object never has more bytes than it is said to have at most', () => {
	const anyText = fc.string({ unit: 'binary' });
	fc.assert(
		fc.property(fc.oneof(anyText, fc.dictionary(anyText, value)), (given) => {
			expect(mostJsonBytes(given)).toBeGreaterThanOrEqual(jsonBytes(given));
		}),
	);
});

test('of objects with lists and objects in them nothing is said', () => {
	expect(mostJsonBytes({ list: ['x'.repeat(5_000)] })).toBe(Infinity);
	expect(mostJsonBytes({ object: { text: 'x' } })).toBe(Infinity);
});
