/** Which values n8n is asked for, and which are read without it. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { ItemValues } from '../../../nodes/parameters/itemValues';

const ITEMS: IDataObject[] = [{ a: 'one' }, { a: 'two' }, { a: 'three' }];

/** Reads the parameter for each item; `n8n` is what n8n gives for an item. */
function read(written: unknown, n8n: (item: number) => unknown, items = ITEMS) {
	const asked: number[] = [];
	const values = new ItemValues({
		getNode: () => ({ parameters: { name: written } }),
		getInputData: () => items.map((json) => ({ json })),
		getNodeParameter: (_path: string, item: number) => {
			asked.push(item);
			return n8n(item);
		},
	} as unknown as IExecuteFunctions);
	const valueFor = values.at('name');
	const found = items.map((_, item) => {
		try {
			return valueFor(item, '');
		} catch (error) {
			return error;
		}
	});
	return { found, asked, varied: values.varied };
}

const fieldOf = (item: number) => ITEMS[item]?.a;

it('asks once for what is the same for all items', () => {
	expect(read('text', () => 'text')).toEqual({
		found: ['text', 'text', 'text'],
		asked: [0],
		varied: 0,
	});
});

it('asks for the first item only where an expression names a field', () => {
	expect(read('={{ $json.a }}', fieldOf)).toEqual({
		found: ['one', 'two', 'three'],
		asked: [0],
		varied: 3,
	});
});

it('asks for every item where n8n gives something else for the first', () => {
	expect(read('={{ $json.a }}', (item) => `n8n ${item}`)).toEqual({
		found: ['n8n 0', 'n8n 1', 'n8n 2'],
		asked: [0, 1, 2],
		varied: 3,
	});
});

it('asks for every item where an expression computes', () => {
	expect(read('={{ $json.a.trim() }}', fieldOf)).toEqual({
		found: ['one', 'two', 'three'],
		asked: [0, 1, 2],
		varied: 3,
	});
});

it('asks until an item tells, and for each that holds more than a text', () => {
	const items = [{ a: { b: 1 } }, { a: 'two' }, { a: 'three' }, { a: [4] }, { a: 'five' }];
	const { found, asked } = read('={{ $json.a }}', (item) => items[item]?.a, items);
	expect(found).toEqual(items.map(({ a }) => a));
	expect(asked).toEqual([0, 1, 3]);
});

it('asks for the next item where n8n cannot evaluate the first', () => {
	const wrong = new Error('wrong');
	const { found, asked } = read('={{ $json.a }}', (item) => {
		if (item === 0) throw wrong;
		return fieldOf(item);
	});
	expect(found).toEqual([wrong, 'two', 'three']);
	expect(asked).toEqual([0, 1]);
});
