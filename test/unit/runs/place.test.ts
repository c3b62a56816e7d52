import { placeOf } from '../../../nodes/extend/runs/place';

const submission = '7a0b2f0e-27f5-4a4c-8f5b-0d9b0f6f7c11';
const place = (reference: unknown) => placeOf({ metadata: { n8n: reference } });

describe('placeOf', () => {
	test('tells what the reference says of the place of a run, and nothing else of it', () => {
		const whole = { submission, item: 41, of: 1000, file: 'attachment_0' };
		expect(place({ ...whole, workflow: 'w1', execution: '77' })).toEqual(whole);
		expect(place({ submission, item: 0, of: 1 })).toEqual({ submission, item: 0, of: 1 });
	});

	test.each([undefined, null, {}, { n8n: null }, { n8n: 'x' }, { n8n: [1] }, { other: {} }])(
		'is empty without a reference: %j',
		(metadata) => {
			expect(placeOf({ metadata })).toEqual({});
		},
	);

	test.each([
		['submission', [1, null, {}, true]],
		['item', [-1, 0.5, '0', null, NaN, Infinity]],
		['of', [0, -1, 1.5, '3', null]],
		['file', [0, null, {}]],
	])('leaves out a %s that is of another kind, and keeps the rest', (name, values) => {
		const whole: Record<string, unknown> = { submission, item: 2, of: 3, file: 'data' };
		const rest = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name));
		for (const value of values) expect(place({ ...whole, [name]: value })).toEqual(rest);
	});
});
