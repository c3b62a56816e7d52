import fc from 'fast-check';

import type { CallFailure } from '../../../nodes/extend/failures/failure';
import { canLieInInputs, namedPositions } from '../../../nodes/submit/badInputs';
import type { RunFile } from '../../../nodes/extend/api/types';

const urlOf = (index: number) => `https://files.example.com/invoice-${index}.pdf?v=1`;
const urlInputs = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ file: { url: urlOf(index) } }));

const positionsIn = (message: string, count = 1000) => [
	...namedPositions(message, urlInputs(count)),
];

describe('namedPositions', () => {
	test.each([
		['inputs[3].file: Required', [3]],
		['inputs.3.file.url: Invalid url', [3]],
		['/inputs/3/file must be object', [3]],
		['body.inputs[0]: Unrecognized key(s) in object', [0]],
		['"inputs"[12]["file"] is required', [12]],
		['[{"code":"invalid_type","path":["inputs",7,"file"],"message":"Required"}]', [7]],
		['"path": [ "inputs", 7, "file" ]', [7]],
		['Validation error: Invalid url at "inputs[2].file.url"; Required at "inputs[5].file"', [2, 5]],
		['inputs[4].file: Required; inputs[4].metadata: Too large', [4]],
		['INPUTS[6] is broken', [6]],
		['inputs[1000] is beyond the end', []],
		['inputs[99999999999999999999].file', []],
		['inputs: Array must contain at most 1000 element(s)', []],
		['inputs must have fewer than 5 elements', []],
		['The file at outputs[3] could not be read', []],
		['myinputs[3]', []],
		['One or more inputs could not be processed', []],
		['', []],
	])('finds in %p the positions %p', (message, positions) => {
		expect(positionsIn(message)).toEqual(positions);
	});

	test.each([
		[`File could not be downloaded: ${urlOf(8)}`, [8]],
		[`Could not fetch "${urlOf(8)}" (403).`, [8]],
		[`Not reachable: ${urlOf(1)}, ${urlOf(9)}.`, [1, 9]],
		[`Not reachable: ${urlOf(10)}`, [10]],
		['Not reachable: https://files.example.com/', []],
	])('finds by address in %p the positions %p', (message, positions) => {
		expect(positionsIn(message)).toEqual(positions);
	});

	test('finds inputs by their file ids, every one that has the id', () => {
		const inputs: Array<{ file: RunFile }> = [
			{ file: { id: 'file_a' } },
			{ file: { id: 'file_ab' } },
			{ file: { text: 'file_a' } },
			{ file: { id: 'file_a' } },
		];
		expect([...namedPositions('File not found: file_a', inputs)]).toEqual([0, 3]);
	});

	test('finds every position that is named, and no other', () => {
		const path = fc.constantFrom(
			(position: number) => `inputs[${position}].file: Required`,
			(position: number) => `inputs.${position}.metadata.due: Invalid`,
			(position: number) => `{"path":["inputs",${position},"file"],"message":"Required"}`,
			(position: number) => `body/inputs/${position}/file must be a string`,
		);
		fc.assert(
			fc.property(
				fc.uniqueArray(fc.nat({ max: 999 }), { minLength: 1, maxLength: 40 }),
				path,
				(positions, write) => {
					const found = positionsIn(positions.map(write).join('; '));
					expect(found).toEqual(positions);
				},
			),
		);
	});

	test('never gives a position that the batch does not have', () => {
		const part = fc.oneof(
			fc.string(),
			fc.constantFrom('inputs', '[', ']', '.', '/', '"', "'", ',', ' ', urlOf(0), urlOf(3)),
			fc.integer().map(String),
		);
		fc.assert(
			fc.property(
				fc.array(part, { maxLength: 20 }).map((parts) => parts.join('')),
				fc.nat({ max: 5 }),
				(message, count) => {
					for (const position of positionsIn(message, count)) {
						expect(Number.isInteger(position)).toBe(true);
						expect(position).toBeGreaterThanOrEqual(0);
						expect(position).toBeLessThan(count);
					}
				},
			),
		);
	});
});

describe('canLieInInputs', () => {
	const refused = (status: number, message = 'No'): CallFailure => ({
		kind: 'refused',
		status,
		message,
	});

	test.each([301, 401, 402, 403, 405, 407, 410, 413, 429])(
		'does not blame single inputs for HTTP %d',
		(status) => {
			expect(canLieInInputs(refused(status, 'inputs[3]: No'))).toBe(false);
		},
	);

	test.each([400, 404, 409, 415, 422])('lets HTTP %d lie in single inputs', (status) => {
		expect(canLieInInputs(refused(status))).toBe(true);
	});

	test.each<CallFailure['kind']>(['notSent', 'unknown', 'cancelled', 'interrupted'])(
		'does not blame single inputs for a call that ended as %s',
		(kind) => {
			expect(canLieInInputs({ kind, status: 400, message: 'inputs[3]: No' })).toBe(false);
		},
	);

	test.each([
		'x-extend-workspace-id is required',
		'Missing x-extend-api-version header',
		'Organization API keys must name a workspace',
	])('knows what is missing in every call: %s', (message) => {
		expect(canLieInInputs(refused(400, message))).toBe(false);
	});

	test.each([
		'inputs[2].file.id: File not found in this workspace',
		'Could not download https://files.example.com/workspace/7.pdf',
		'Could not read "workspace plan.pdf"',
		'The file “the workspace.pdf” is damaged',
	])('lets quoted words decide nothing: %s', (message) => {
		expect(canLieInInputs(refused(400, message))).toBe(true);
	});
});
