/**
 * JSON objects as people and expressions give them. What would be changed or lost without a word, such as
 * the last digits of a long number, is refused or told; what has a sensible JSON is written so.
 */
import { cleaned, complain, isObject, isRounded, shorten } from './checks';

/** The parts of a valid JSON text that matter here. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\],:]/g;

/** A number as its digits and their place, so that those of two ways of writing it can be compared. */
function digitsOf(number: string): string {
	const [, sign = '', whole = '', fraction = '', exponent = '0'] =
		/^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? [];
	const digits = (whole + fraction).replace(/^0+/, '');
	const significant = digits.replace(/0+$/, '');
	if (significant === '') return '0';
	const place = Number(exponent) - fraction.length + digits.length - significant.length;
	return `${sign}${significant}e${place}`;
}

/** Whether a number in a JSON text stays what it is when it is read. */
function isKept(token: string): boolean {
	const number = Number(token);
	if (!Number.isFinite(number)) return false;
	if (/^-?\d+$/.test(token) && !Number.isSafeInteger(number)) return false;
	return digitsOf(token) === digitsOf(String(number));
}

/** What reading a valid JSON text would lose, with the path to it; `undefined` if nothing. */
export function lossIn(json: string): { what: 'number' | 'key'; at: string } | undefined {
	const levels: Array<{ keys: Set<string> | undefined; at: string | number }> = [];
	const path = () => levels.map(({ at }) => at).join('.');
	let isKeyNext = false;
	for (const [token] of json.matchAll(TOKEN)) {
		const level = levels.at(-1);
		if (token === '{' || token === '[') {
			isKeyNext = token === '{';
			levels.push(isKeyNext ? { keys: new Set(), at: '' } : { keys: undefined, at: 0 });
		} else if (token === '}' || token === ']') {
			isKeyNext = false;
			levels.pop();
		} else if (token === ',') {
			isKeyNext = level?.keys !== undefined;
			if (typeof level?.at === 'number') level.at++;
		} else if (token.startsWith('"')) {
			if (!isKeyNext || level?.keys === undefined) continue;
			isKeyNext = false;
			level.at = JSON.parse(token) as string;
			if (level.keys.has(level.at)) return { what: 'key', at: path() };
			level.keys.add(level.at);
		} else if (token !== ':' && !isKept(token)) {
			return { what: 'number', at: path() };
		}
	}
	return undefined;
}

function complainOfNumber(parameter: string, at: string): never {
	return complain(
		parameter,
		`has a number under “${shorten(at)}” that is too long to keep exactly`,
		'Put it in quotes, so that it is text and keeps every digit. If it comes from an earlier node, make that node return it as text.',
	);
}

/** How values that JSON does not have are treated. */
export interface ConversionOptions {
	/** Shown name of the parameter. */
	parameter: string;
	/** Told the path to each integer that was rounded before it came here; without it that is a complaint. */
	onRounded?: (at: string) => void;
	/** Whether numbers that are none become null, as JSON has it, instead of a complaint. */
	allowsNaN?: boolean;
	/** What to leave out. */
	isLeftOut?: (value: unknown) => boolean;
}

/** Converts one value; `holders` are the objects that it lies in. */
class Conversion {
	constructor(private readonly options: ConversionOptions) {}

	convert(value: unknown, at: string, holders: readonly object[]): unknown {
		switch (typeof value) {
			case 'string':
			case 'boolean':
			case 'undefined':
				return value;
			case 'number':
				return this.number(value, at);
			case 'bigint':
				return String(value);
			case 'object':
				return value === null ? null : this.object(value, at, holders);
			default:
				return this.refuse(`a ${typeof value}`, at);
		}
	}

	private refuse(what: string, at: string): never {
		return complain(
			this.options.parameter,
			`${at === '' ? `is ${what}` : `has ${what} under “${shorten(at)}”`}, which cannot be written as JSON`,
			'Make the expression return text, numbers, lists or objects.',
		);
	}

	private number(value: number, at: string): unknown {
		const { parameter, onRounded, allowsNaN } = this.options;
		if (!Number.isFinite(value)) return allowsNaN ? null : this.refuse(String(value), at);
		if (isRounded(value)) {
			if (onRounded === undefined) complainOfNumber(parameter, at);
			onRounded(at);
		}
		return value;
	}

	private object(value: object, at: string, holders: readonly object[]): unknown {
		if (holders.includes(value)) return this.refuse('an object that contains itself', at);
		const within = [...holders, value];
		const isKept = (entry: unknown) => this.options.isLeftOut?.(entry) !== true;
		if (Array.isArray(value)) {
			return value
				.filter(isKept)
				.map((entry, index) => this.convert(entry, join(at, index), within) ?? null);
		}
		if (hasJson(value)) {
			const json: unknown = value.toJSON();
			// Dates do so, those of n8n's DateTime too.
			if (json === null) return this.refuse('an invalid date', at);
			return this.convert(json, at, within);
		}
		const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
		if (kind !== 'Object') return this.refuse(`a value of the kind ${kind}`, at);
		const entries = Object.entries(value);
		const kept = entries.filter(([, entry]) => isKept(entry));
		// What held nothing but what is left out is left out itself.
		if (kept.length === 0 && entries.length > 0) return undefined;
		const converted = kept.map(([key, entry]) => [key, this.convert(entry, join(at, key), within)]);
		return Object.fromEntries(converted.filter(([, json]) => json !== undefined));
	}
}

function hasJson(value: object): value is { toJSON: () => unknown } {
	return 'toJSON' in value && typeof value.toJSON === 'function';
}

function join(at: string, key: string | number): string {
	return at === '' ? String(key) : `${at}.${key}`;
}

/** Whether an object holds nothing but texts, plain numbers and the like, as nearly all metadata does. */
function isPlain(value: Record<string, unknown>, { isLeftOut }: ConversionOptions): boolean {
	const prototype: unknown = Object.getPrototypeOf(value);
	if (prototype !== Object.prototype && prototype !== null) return false;
	return Object.values(value).every((entry) => {
		switch (typeof entry) {
			case 'string':
				return isLeftOut?.(entry) !== true;
			case 'number':
				return Number.isSafeInteger(entry) || (Number.isFinite(entry) && !Number.isInteger(entry));
			default:
				return typeof entry === 'boolean' || entry === null;
		}
	});
}

/**
 * Converts the values of an object to what JSON has.
 * @returns a new object, or the same if there is nothing to convert
 * @throws ComplaintError about values that have no JSON
 */
export function toJsonObject(
	value: Record<string, unknown>,
	options: ConversionOptions,
): Record<string, unknown> {
	if (isPlain(value, options)) return value;
	const json = new Conversion(options).convert(value, '', []) ?? {};
	return isObject(json) ? json : refuseOther(options.parameter);
}

/**
 * A JSON object, given as such or as text. No value is quoted, because it may be a secret.
 * @throws ComplaintError if it is something else, or if reading it as JSON changes or loses something
 */
export function jsonObject(value: unknown, parameter: string): Record<string, unknown> {
	const given = typeof value === 'string' ? cleaned(value) : (value ?? '');
	if (given === '') return {};
	if (typeof given !== 'string') {
		return isObject(given) ? toJsonObject(given, { parameter }) : refuseOther(parameter);
	}
	let parsed: unknown;
	try {
		parsed = JSON.parse(given);
	} catch {
		return complain(
			parameter,
			'is not valid JSON',
			'Write it like { "name": "value" }. Names and text need straight double quotes.',
		);
	}
	if (parsed === null) return {};
	if (!isObject(parsed)) return refuseOther(parameter);
	const loss = lossIn(given);
	if (loss?.what === 'number') complainOfNumber(parameter, loss.at);
	if (loss?.what === 'key') {
		complain(
			parameter,
			`has the name “${shorten(loss.at)}” twice`,
			'Only one of them would be kept. Give each its own name.',
		);
	}
	return parsed;
}

function refuseOther(parameter: string): never {
	return complain(parameter, 'is not a JSON object', 'Write it like { "name": "value" }.');
}

/** All texts in a value, numbers as text, without the names of fields. */
export function textsIn(value: unknown): string[] {
	if (typeof value === 'string') return [value];
	if (typeof value === 'number') return [String(value)];
	if (Array.isArray(value)) return value.flatMap(textsIn);
	return isObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** Size of a value as JSON in UTF-8, in bytes. */
export function jsonBytes(value: unknown): number {
	return Buffer.byteLength(JSON.stringify(value));
}

/** Most bytes that a character takes in JSON, which writes control characters as `\u0000`. */
const MOST_BYTES_OF_CHARACTER = 6;

/**
 * Most bytes that a text or an object can have as JSON, which is told sooner than how many it has; of a nested
 * object it is not.
 */
export function mostJsonBytes(value: string | Record<string, unknown>): number {
	if (typeof value === 'string') return (value.length + '""'.length) * MOST_BYTES_OF_CHARACTER;
	let characters = '{}'.length;
	for (const name of Object.keys(value)) {
		const field = value[name];
		if (typeof field === 'object' && field !== null) return Infinity;
		characters += name.length + String(field).length + '"":"",'.length;
	}
	return characters * MOST_BYTES_OF_CHARACTER;
}
