/**
 * Checks of parameter values, before anything is sent. Each function returns the value in its type, or
 * throws a `ComplaintError` that says what is wrong and what to do, for the person at the canvas.
 */

/** What is wrong with an item, for the person at the canvas. */
export interface Complaint {
	itemIndex: number;
	/** Shown name of the parameter. */
	parameter: string;
	/** What is wrong, as the end of a sentence that begins with the parameter: `is empty`. */
	problem: string;
	advice: string;
}

/** Thrown by the checks; `complaintOf` makes it a complaint about an item. */
export class ComplaintError extends Error {
	constructor(
		readonly parameter: string,
		readonly problem: string,
		readonly advice: string,
	) {
		super(problem);
	}
}

/** Says that a parameter's value will not do. @throws ComplaintError always */
export function complain(parameter: string, problem: string, advice: string): never {
	throw new ComplaintError(parameter, problem, advice);
}

/** A value as errors quote it. */
export function shorten(value: string): string {
	return value.length > 80 ? `${value.slice(0, 80)}…` : value;
}

function asJson(value: unknown): string {
	if (value === undefined) return 'empty';
	try {
		const json: unknown = JSON.stringify(value);
		if (typeof json === 'string') return json;
	} catch {
		// An object that holds itself, or an integer of the type bigint.
		if (typeof value === 'bigint') return String(value);
	}
	return `a ${typeof value}`;
}

/** Whether a value is an object with keys, as opposed to a list or null. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** From here on, JavaScript writes numbers with an exponent, so nobody takes them for an id. */
const LARGEST_WRITTEN_OUT = 1e21;

/** Whether a number is written as an integer whose last digits may be wrong. */
export function isRounded(number: number): boolean {
	return (
		Number.isInteger(number) &&
		!Number.isSafeInteger(number) &&
		Math.abs(number) < LARGEST_WRITTEN_OUT
	);
}

/** Text of a parameter; numbers that are exact count as text, nothing counts as empty text. */
export function text(value: unknown, parameter: string): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value;
	if (typeof value === 'bigint') return String(value);
	if (typeof value === 'number') {
		if (!Number.isFinite(value)) {
			complain(parameter, `is ${value}, not text`, 'Correct the expression.');
		}
		if (isRounded(value)) {
			complain(
				parameter,
				'is a number that is too long to keep exactly',
				'Its last digits may be wrong already. Make the node that reads it return it as text.',
			);
		}
		return String(value);
	}
	return complain(
		parameter,
		`is ${Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`}, not text`,
		'Make the expression return text, such as one of its fields.',
	);
}

/**
 * What nobody sees at the ends of a value: spaces of all kinds, control characters, and the marks that
 * web pages, PDFs and spreadsheets leave behind (soft hyphen, zero-width and direction marks, BOM).
 */
const UNSEEN =
	/[\s\p{Cc}\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]/u;

/** Whether nobody sees the character at an index. */
function isUnseen(value: string, index: number): boolean {
	const code = value.charCodeAt(index);
	// Letters, digits and punctuation of ASCII, as nearly always.
	if (code > 0x20 && code < 0x7f) return false;
	return UNSEEN.test(value.charAt(index));
}

/** A value without what nobody sees at its ends. Not for contents, passwords or secrets. */
export function cleaned(value: string): string {
	let start = 0;
	let end = value.length;
	while (start < end && isUnseen(value, start)) start++;
	while (end > start && isUnseen(value, end - 1)) end--;
	return value.slice(start, end);
}

/** A name as people compare names: in any case, and however a computer has put its accents together. */
export function comparable(name: string): string {
	return name.normalize('NFKC').toUpperCase().normalize('NFKC');
}

/**
 * One value that stands for itself, such as a name: as text, without what nobody sees at its ends.
 * For ids there is `readId`, for lists `list`.
 */
export function line(value: unknown, parameter: string): string {
	const given = cleaned(text(value, parameter));
	if (/[\p{Cc}\u2028\u2029]/u.test(given)) {
		complain(parameter, 'contains a line break or a tab', 'Enter one value, on one line.');
	}
	return given;
}

/**
 * The entries of a list that is given as text: what is between commas, semicolons and line breaks. In double
 * quotes these separate nothing, as in CSV.
 */
const ENTRIES = /[^\S\n\r]*"[^"]*"[^\S\n\r]*(?=[,;\n\r\u2028\u2029]|$)|[^,;\n\r\u2028\u2029]+/g;

function entriesOf(value: unknown, parameter: string): string[] {
	if (Array.isArray(value)) return value.flatMap((entry) => entriesOf(entry, parameter));
	const given = cleaned(text(value, parameter));
	if (given.startsWith('[') || given.startsWith('{')) {
		let parsed: unknown;
		try {
			parsed = JSON.parse(given);
		} catch {
			parsed = undefined;
		}
		if (Array.isArray(parsed)) return entriesOf(parsed, parameter);
		complain(
			parameter,
			'is JSON, but not a list',
			'Separate the entries with commas, or write a list like ["one", "two"].',
		);
	}
	return (given.match(ENTRIES) ?? [])
		.map((entry) => cleaned(entry).replace(/^(["'])([^"']*)\1$/, '$2'))
		.map(cleaned);
}

/**
 * A list of values such as ids, tags or statuses, each once and in order: given as a list, as JSON, or as
 * text with commas, semicolons or line breaks in between.
 */
export function list(value: unknown, parameter: string): string[] {
	if (value === '') return [];
	return [...new Set(entriesOf(value, parameter).filter((entry) => entry !== ''))];
}

/** Least and greatest number that will do; `-Infinity` and `Infinity` where there is no limit. */
export interface Limits {
	from: number;
	to: number;
}

function inWords(kind: string, { from, to }: Limits): string {
	if (to === Infinity) return from === -Infinity ? kind : `${kind} of at least ${from}`;
	return from === -Infinity ? `${kind} of at most ${to}` : `${kind} from ${from} to ${to}`;
}

function numberThat(
	isOfKind: (value: unknown) => boolean,
	kind: string,
	value: unknown,
	parameter: string,
	limits: Limits,
): number {
	const written = typeof value === 'string' ? cleaned(value) : '';
	if (/^[+-]?[1-9]\d{0,2}(\.\d{3})+$/.test(written)) {
		complain(
			parameter,
			`is “${written}”, where the dot may separate thousands or decimals`,
			'Write it without separators, such as 1000, or with other decimals, such as 1.0.',
		);
	}
	const given = written === '' ? (value as number) : Number(written);
	if (!isOfKind(given) || given < limits.from || given > limits.to) {
		const wanted = inWords(kind, limits);
		complain(parameter, `is ${shorten(asJson(value))}, not ${wanted}`, `Enter ${wanted}.`);
	}
	return given;
}

/** A number within limits, also if it comes as text. */
export function number(value: unknown, parameter: string, limits: Limits): number {
	return numberThat(Number.isFinite, 'a number', value, parameter, limits);
}

/** A whole number within limits, also if it comes as text. */
export function wholeNumber(value: unknown, parameter: string, limits: Limits): number {
	return numberThat(Number.isSafeInteger, 'a whole number', value, parameter, limits);
}

/** True or false, also if it comes as text. */
export function flag(value: unknown, parameter: string): boolean {
	const given = typeof value === 'string' ? cleaned(value).toLowerCase() : value;
	if (given === true || given === 'true') return true;
	if (given === false || given === 'false') return false;
	return complain(
		parameter,
		'is neither true nor false',
		'Make the expression return true or false.',
	);
}

/** A choice as people write it: in any case, with spaces, hyphens or underscores between its words. */
function asWritten(choice: string): string {
	return comparable(cleaned(choice)).replace(/[\s_-]+/g, '_');
}

/** One of some values, each of which may also be given by the name that the editor shows for it. */
export function choice(
	value: unknown,
	parameter: string,
	choices: ReadonlyArray<{ name: string; value: string }>,
): string {
	const exact = choices.find((candidate) => candidate.value === value);
	if (exact !== undefined) return exact.value;
	const given = typeof value === 'string' ? asWritten(value) : undefined;
	for (const by of ['value', 'name'] as const) {
		const found = choices.find((candidate) => asWritten(candidate[by]) === given);
		if (found !== undefined) return found.value;
	}
	return complain(
		parameter,
		`is ${shorten(asJson(value))}, which is not one of its options`,
		`Choose one of: ${choices.map((candidate) => candidate.value).join(', ')}.`,
	);
}

/** What an item has instead, for advice on a value that it should have had. */
export function fieldsOf(json: object | undefined): string {
	const fields = Object.keys(json ?? {});
	return fields.length === 0
		? 'The item has no fields.'
		: `The item has the fields: ${shorten(fields.join(', '))}.`;
}

/** The complaint about an item that something thrown while reading it amounts to. */
export function complaintOf(thrown: unknown, itemIndex: number, lastParameter: string): Complaint {
	if (thrown instanceof ComplaintError) {
		const { parameter, problem, advice } = thrown;
		return { itemIndex, parameter, problem, advice };
	}
	return {
		itemIndex,
		parameter: lastParameter,
		problem: 'cannot be read',
		advice: thrown instanceof Error ? thrown.message : 'Correct its expression.',
	};
}
