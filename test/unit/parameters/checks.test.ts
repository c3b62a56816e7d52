import fc from 'fast-check';

import {
	ComplaintError,
	choice,
	cleaned,
	comparable,
	flag,
	line,
	list,
	number,
	text,
	wholeNumber,
} from '../../../nodes/parameters/checks';
import { jsonObject } from '../../../nodes/parameters/jsonValues';

/** What copying from web pages, mails, PDFs and spreadsheets leaves around a value. */
const UNSEEN = Array.from(
	' \t\n\r\v\f\u0000\u0085\u00a0\u00ad\u1680\u2003\u2007\u200b\u200c\u200d\u200e\u200f' +
		'\u2028\u2029\u202a\u202e\u202f\u205f\u2060\u2063\u2064\u2066\u2069\u3000\ufeff',
);
const unseen = fc.string({ unit: fc.constantFrom(...UNSEEN), maxLength: 5 });

const CHOICES = [
	{ name: 'URL', value: 'url' },
	{ name: 'Needs Review', value: 'NEEDS_REVIEW' },
];

/** What a check says about a value that it refuses. */
function complaintAbout(check: () => unknown): string {
	try {
		check();
	} catch (error) {
		if (error instanceof ComplaintError) return `${error.problem}. ${error.advice}`;
		throw error;
	}
	throw new Error('It was taken');
}

describe('what nobody sees around a value', () => {
	const visible = fc
		.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 })
		.map((value) => value.trim())
		.filter((value) => value !== '');

	it.each(UNSEEN.map((character) => [character.charCodeAt(0).toString(16), character]))(
		'is taken away: U+%s',
		(_, character) => {
			expect(cleaned(`${character}a${character}b${character}`)).toBe(`a${character}b`);
		},
	);

	it('is taken away wherever a value is read, and nothing else', () => {
		fc.assert(
			fc.property(unseen, visible, unseen, (before, value, after) => {
				expect(cleaned(before + value + after)).toBe(value);
				expect(line(before + value + after, 'Name')).toBe(value);
			}),
		);
		fc.assert(
			fc.property(unseen, fc.nat({ max: 1000 }), unseen, (before, number, after) => {
				expect(wholeNumber(`${before}${number}${after}`, 'Number', { from: 0, to: 1000 })).toBe(
					number,
				);
				expect(list(`${before}${number}${after}`, 'List')).toEqual([String(number)]);
				expect(choice(`${before}url${after}`, 'Choice', CHOICES)).toBe('url');
				expect(flag(`${before}TRUE${after}`, 'Flag')).toBe(true);
				expect(jsonObject(`${before}{"a":${number}}${after}`, 'JSON')).toEqual({ a: number });
			}),
		);
	});

	it('is nothing when there is nothing else', () => {
		fc.assert(
			fc.property(unseen, (value) => {
				expect(cleaned(value)).toBe('');
				expect(list(value, 'List')).toEqual([]);
				expect(jsonObject(value, 'JSON')).toEqual({});
			}),
		);
	});

	it('takes no time with a long value', () => {
		const value = `a${' '.repeat(1_000_000)}b`;
		const start = performance.now();
		expect(cleaned(value)).toBe(value);
		expect(performance.now() - start).toBeLessThan(5_000);
	});
});

describe('line', () => {
	it.each(['a\nb', 'a\r\nb', 'a\tb', 'a\u2028b', 'a\u0000b'])('refuses %j', (value) => {
		expect(complaintAbout(() => line(value, 'Name'))).toMatch(/line break or a tab/);
	});

	it.each([
		[true, 'is a boolean, not text'],
		[{ a: 1 }, 'is an object, not text'],
		[['a'], 'is a list, not text'],
	])('refuses %j', (value, problem) => {
		expect(complaintAbout(() => line(value, 'Name'))).toContain(problem);
	});
});

describe('list', () => {
	const WANTED = ['a', 'b c', '12'];
	it.each([
		[['a', 'b c', 12]],
		[['a', ['b c'], 12, '', null, 'a']],
		[['a, b c', '12']],
		['["a", "b c", 12]'],
		['\ufeff[ "a", ["b c", "12"] ]\n'],
		['a,b c,12'],
		['a; b c;12;'],
		['a\nb c\n\n12'],
		['a\r\n\u200bb c,\u00a0 12, a'],
		['"a", "b c", "12"'],
		["'a'; 'b c'; '12'"],
	])('reads %j', (value) => {
		expect(list(value, 'List')).toEqual(WANTED);
	});

	it.each<[string, string[]]>([
		['"Smith, John"; finance', ['Smith, John', 'finance']],
		['"a;b"\n"c\nd" , e', ['a;b', 'c\nd', 'e']],
		['5" pipe, 6" pipe', ['5" pipe', '6" pipe']],
		['"a, b', ['"a', 'b']],
		["O'Brien, D'Arcy", ["O'Brien", "D'Arcy"]],
		[',,;\n', []],
	])('keeps together what is in double quotes: %j', (value, wanted) => {
		expect(list(value, 'List')).toEqual(wanted);
	});

	it('takes no time with a long text', () => {
		for (const part of ['"', '",', ' ', '\n', '" ', 'a"', ';"']) {
			const startedAt = performance.now();
			list(part.repeat(50_000), 'List');
			expect(performance.now() - startedAt).toBeLessThan(2_000);
		}
	});

	it.each([['{"a":1}'], ['["a"'], ['[1] and more'], [{ a: 1 }], [[{ a: 1 }]]])(
		'refuses %j',
		(value) => {
			expect(complaintAbout(() => list(value, 'List'))).toMatch(/not a list|not text/);
		},
	);
});

it.each([[() => 1], [10n], [Object.assign([], { at: 1 })], [{}], [NaN], ['1e999'], [undefined]])(
	'refuses a number that is none, whatever it is: %p',
	(value) => {
		expect(complaintAbout(() => wholeNumber(value, 'Number', { from: 1, to: 5 }))).toMatch(
			/not a whole number from 1 to 5/,
		);
	},
);

it.each(['NEEDS_REVIEW', 'needs review', ' Needs-Review ', 'Needs Review'])(
	'takes a choice as people write it: %j',
	(value) => {
		expect(choice(value, 'Choice', CHOICES)).toBe('NEEDS_REVIEW');
	},
);

it.each([
	[{ from: 1, to: Infinity }, 'a number of at least 1'],
	[{ from: -Infinity, to: 5 }, 'a number of at most 5'],
	[{ from: -Infinity, to: Infinity }, 'a number'],
])('says which numbers will do: %j', (limits, words) => {
	expect(complaintAbout(() => number('x', 'Number', limits))).toBe(
		`is "x", not ${words}. Enter ${words}.`,
	);
	expect(number('0.5', 'Number', { from: 0, to: 1 })).toBe(0.5);
});

it('refuses a choice that has no JSON', () => {
	const cycle: { self?: unknown } = {};
	cycle.self = cycle;
	for (const value of [cycle, 10n, () => 1, Symbol('a'), { toJSON: () => undefined }]) {
		expect(complaintAbout(() => choice(value, 'Choice', CHOICES))).toMatch(
			/is not one of its options/,
		);
	}
});

it('compares names in any case and form', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'grapheme' }), (name) => {
			for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const) {
				expect(comparable(name.normalize(form))).toBe(comparable(name));
			}
		}),
	);
	expect(comparable('Rückläufer')).toBe(comparable('RÜCKLÄUFER'.normalize('NFD')));
	expect(comparable('Straße')).toBe(comparable('STRASSE'));
	expect(comparable('a')).not.toBe(comparable('ä'));
});

it.each([
	[NaN, /is NaN, not text/],
	[-Infinity, /is -Infinity, not text/],
	[12345678901234567890, /too long to keep exactly/],
])('takes the number %p for no text, because it is not what was meant', (value, problem) => {
	for (const read of [text, line, list]) {
		expect(complaintAbout(() => read(value, 'Key'))).toMatch(problem);
	}
});

it.each([0, -7, 0.1, 2 ** 53 - 1])('takes the number %p for text', (value) => {
	expect(text(value, 'Key')).toBe(String(value));
});

it.each(['1.000', ' 12.500', '-1.000', '1.000.000'])(
	'does not guess whether %j is a thousand or one',
	(value) => {
		const limits = { from: -Infinity, to: Infinity };
		for (const read of [number, wholeNumber]) {
			expect(complaintAbout(() => read(value, 'Number', limits))).toMatch(/thousands or decimals/);
		}
	},
);

it.each([
	['0.125', 0.125],
	['1.5', 1.5],
	['1000', 1_000],
	['1234.125', 1_234.125],
])('reads the number %j', (value, read) => {
	expect(number(value, 'Number', { from: 0, to: Infinity })).toBe(read);
});
