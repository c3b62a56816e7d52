import { readingOf } from './readInputs';

type Input = Awaited<ReturnType<typeof readingOf>>['inputs'][number];

const items = (...values: unknown[]) =>
	values.map((value, index) => ({
		json: { url: `https://files.example.com/${index}.pdf`, value: value as string },
	}));

/** What is read of an input, for the value of an option. */
const OPTIONS: Array<[name: string, values: [unknown, unknown], read: (input: Input) => unknown]> =
	[
		['priority', [3, 90], ({ settings }) => settings.priority],
		['batchSize', [1000, 10], ({ settings }) => settings.batchSize],
		['output', ['batch', 'input'], ({ settings }) => settings.output],
		['reference', [true, false], ({ settings }) => settings.reference],
		['onUnknownOutcome', ['resubmit', 'fail'], ({ settings }) => settings.onUnknownOutcome],
		['settleSeconds', [60, 5], ({ settings }) => settings.settleSeconds],
		['isolateBadInputs', [true, false], ({ settings }) => settings.isolateBadInputs],
		['jobKey', ['one', 'two'], ({ settings }) => settings.job?.key],
		['jobKey', ['', 'two'], ({ settings }) => settings.job?.key ?? ''],
		['fileName', ['a.pdf', 'b.pdf'], ({ file }) => file && 'url' in file && file.name],
		['filePassword', ['first', 'second'], ({ confidential }) => confidential[0]],
		['filePassword', ['', 'second'], ({ confidential }) => confidential[0] ?? ''],
		['secrets', ['{"key":"first"}', '{"key":"second"}'], ({ secrets }) => JSON.stringify(secrets)],
		['usageTags', ['one', 'two'], ({ metadata }) => String(metadata?.['extend:usage_tags'])],
	];

/** Ways to write an expression: with n8n's evaluator for each item, and without. */
const EXPRESSIONS = ['={{ $json.value }}', '={{ $json["val" + "ue"] }}'];

describe.each(EXPRESSIONS)('an option with %s', (expression) => {
	it.each(OPTIONS)('%s is read for each item', async (name, [first, second], read) => {
		const { inputs, complaints } = await readingOf(items(first, first, second, first), {
			options: { [name]: expression },
		});
		expect(complaints).toEqual([]);
		expect(inputs.map(read)).toEqual([first, first, second, first]);
	});

	it('documentKey is read for each item', async () => {
		const { inputs } = await readingOf(items('one', 'one', 'two'), {
			options: { jobKey: 'job', documentKey: expression },
		});
		const [first, second, third] = inputs.map(({ identity }) => identity);
		expect(first).toBe(second);
		expect(first).not.toBe(third);
	});

	it('is told of the item that it is wrong for, and of no other', async () => {
		const { complaints } = await readingOf(items(5, 5, 0, 5), {
			options: { priority: expression },
		});
		expect(complaints).toMatchObject([{ itemIndex: 2, parameter: 'Priority' }]);
	});
});

describe('options without an expression', () => {
	it('are the same object for all items, because there may be very many', async () => {
		const { inputs } = await readingOf(items(1, 2, 3), {
			options: { priority: 7, secrets: '{"key":"value"}', jobKey: '' },
		});
		expect(new Set(inputs.map(({ settings }) => settings)).size).toBe(1);
		expect(new Set(inputs.map(({ secrets }) => secrets)).size).toBe(1);
	});

	it('are told of every item that they are wrong for', async () => {
		const { complaints } = await readingOf(items(1, 2, 3), { options: { priority: 0 } });
		expect(complaints.map(({ itemIndex }) => itemIndex)).toEqual([0, 1, 2]);
	});
});
