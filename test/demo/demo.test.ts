import { readOptions } from '../../demo/options';
import { objections, table } from '../../demo/table';

describe('the command line of the demo', () => {
	test('has defaults', () => {
		expect(readOptions([])).toEqual({ once: false, help: false, documents: 2500, port: undefined });
	});

	test('is read', () => {
		expect(readOptions(['--once', '--documents', '12', '--port=8123'])).toMatchObject({
			once: true,
			documents: 12,
			port: 8123,
		});
	});

	test.each([['--documents', '0'], ['--documents', 'many'], ['--port', '70000'], ['--nonsense']])(
		'%s %s is refused',
		(...args) => {
			expect(() => readOptions(args)).toThrow(args[0]);
		},
	);
});

describe('the table of the demo', () => {
	const good = { documents: 2_500, batches: 3, runs: 2_500, doubled: 0, lost: 0 };

	test('is a table', () => {
		expect(table(good, 7.24)).toBe(
			[
				'| documents | batches |  runs | doubled | lost | seconds |',
				'|-----------|---------|-------|---------|------|---------|',
				'|     2,500 |       3 | 2,500 |       0 |    0 |     7.2 |',
			].join('\n'),
		);
	});

	test('finds nothing wrong when everything is right', () => {
		expect(objections(good)).toEqual([]);
		const heard = { executions: 3, runs: 2_500 };
		expect(objections({ ...good, results: 2_500, heard })).toEqual([]);
	});

	test.each([
		['batches', 4],
		['runs', 2_499],
		['doubled', 1],
		['lost', 1],
		['results', 2_499],
		['heard', { executions: 3, runs: 2_499 }],
		['heard', { executions: 4, runs: 2_500 }],
	])('finds %s wrong', (name, value) => {
		expect(objections({ ...good, [name]: value })).toHaveLength(1);
	});
});
