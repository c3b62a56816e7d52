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
	return value === undefined ? 'empty' : JSON.stringify(value);
}

/** Whether a value is an object with keys, as opposed to a list or null. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text of a parameter; numbers count as text, nothing counts as empty text. */
export function text(value: unknown, parameter: string): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value;
	if (typeof value === 'number' || typeof value === 'bigint') return String(value);
	return complain(
		parameter,
		`is ${Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`}, not text`,
		'Let the expression give a text, such as one field of it.',
	);
}

/** A whole number in a range, also if it comes as text. */
export function wholeNumber(value: unknown, parameter: string, from: number, to: number): number {
	const number =
		typeof value === 'string' && value.trim() !== '' ? Number(value) : (value as number);
	if (typeof number !== 'number' || !Number.isInteger(number) || number < from || number > to) {
		complain(
			parameter,
			`is ${shorten(asJson(value))}, not a whole number from ${from} to ${to}`,
			`Enter a whole number from ${from} to ${to}.`,
		);
	}
	return number;
}

/** True or false, also if it comes as text. */
export function flag(value: unknown, parameter: string): boolean {
	if (value === true || value === 'true') return true;
	if (value === false || value === 'false') return false;
	return complain(parameter, 'is neither true nor false', 'Let the expression give true or false.');
}

/** One of the allowed values. */
export function choice<T extends string>(
	value: unknown,
	parameter: string,
	allowed: readonly T[],
): T {
	if (allowed.includes(value as T)) return value as T;
	return complain(
		parameter,
		`is ${shorten(asJson(value))}, which it does not know`,
		`It takes one of: ${allowed.join(', ')}.`,
	);
}

/** A JSON object, given as such or as text. The text is not quoted, because it may hold secrets. */
export function jsonObject(value: unknown, parameter: string): Record<string, unknown> {
	let parsed = value;
	if (typeof value === 'string') {
		if (value.trim() === '') return {};
		try {
			parsed = JSON.parse(value);
		} catch {
			parsed = undefined;
		}
		if (parsed === undefined) {
			complain(
				parameter,
				'is not valid JSON',
				'Write it like { "name": "value" }; names and texts need double quotes.',
			);
		}
	}
	if (parsed === undefined || parsed === null) return {};
	if (isObject(parsed)) return parsed;
	return complain(parameter, 'is not a JSON object', 'Write it like { "name": "value" }.');
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
