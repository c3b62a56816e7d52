import fc from 'fast-check';

import { metadataBytes, mostBytes } from '../../../nodes/documents/metadata';

const value = fc.oneof(
	fc.string({ unit: 'binary' }),
	fc.constantFrom('\u0000', '\ud800', '"\\', '€', '😀').map((text) => text.repeat(200)),
	fc.double(),
	fc.integer(),
	fc.boolean(),
	fc.constantFrom(null, undefined),
);

test('metadata never has more bytes than it is said to have at most', () => {
	fc.assert(
		fc.property(fc.dictionary(fc.string({ unit: 'binary' }), value), (metadata) => {
			expect(mostBytes(metadata)).toBeGreaterThanOrEqual(metadataBytes(metadata));
		}),
	);
});

test('of lists and objects in metadata nothing is said', () => {
	expect(mostBytes({ list: ['x'.repeat(5_000)] })).toBe(Infinity);
	expect(mostBytes({ object: { text: 'x' } })).toBe(Infinity);
});
