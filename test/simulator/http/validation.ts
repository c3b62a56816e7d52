import { ApiError } from './errors';
import { isObject, type JsonObject } from './json';
import type { PositionStyle } from '../world/settings';

/** A schema violation. Its status is a setting, so it becomes an `ApiError` only when answered. */
export class Violation extends Error {
	constructor(
		/** Where in the body, such as `inputs[17].file.url`; empty for the body itself. */
		readonly path: string,
		readonly problem: string,
	) {
		super(positioned(path, problem, 'brackets'));
		this.name = 'Violation';
	}

	/** The error answer, with the position in the given style or, without one, without a position. */
	toApiError(status: 400 | 422, style: PositionStyle | undefined): ApiError {
		const message =
			style === undefined
				? 'The request body is not valid'
				: positioned(this.path, this.problem, style);
		return new ApiError(status, 'INVALID_REQUEST', message);
	}
}

/** A problem together with where it is, such as `inputs[17].file.url`. */
export function positioned(path: string, problem: string, style: PositionStyle): string {
	if (path === '') return problem;
	if (style === 'brackets') return `${path}: ${problem}`;
	return `${problem}; Path: ${path.replace(/\[(\d+)\]/g, '.$1')}`;
}

/** Requires a JSON object. */
export function objectAt(path: string, value: unknown): Record<string, unknown> {
	if (isObject(value)) return value;
	throw new Violation(path, `Expected object, received ${kindOf(value)}`);
}

/** Requires a JSON object or nothing. */
export function optionalObjectAt(path: string, value: unknown): JsonObject | undefined {
	return value === undefined ? undefined : (objectAt(path, value) as JsonObject);
}

/** Requires a string that is not empty. */
export function textAt(path: string, value: unknown): string {
	const text = stringAt(path, value);
	if (text !== '') return text;
	throw new Violation(path, 'String must contain at least 1 character(s)');
}

/** Requires a string or nothing. */
export function optionalStringAt(path: string, value: unknown): string | undefined {
	return value === undefined ? undefined : stringAt(path, value);
}

/** Requires an absolute http(s) URL. */
export function urlAt(path: string, value: unknown): string {
	const url = textAt(path, value);
	if (/^https?:\/\/\S+$/i.test(url) && isUrl(url)) return url;
	throw new Violation(path, 'Invalid url');
}

/** `URL.canParse` of Node 20 refuses umlauts once it has been called often enough. */
function isUrl(text: string): boolean {
	try {
		return new URL(text).href !== '';
	} catch {
		return false;
	}
}

/** Requires an array whose length is within bounds. */
export function arrayAt(path: string, value: unknown, least: number, most: number): unknown[] {
	if (!Array.isArray(value)) {
		throw new Violation(path, `Expected array, received ${kindOf(value)}`);
	}
	if (value.length < least) {
		throw new Violation(path, `Array must contain at least ${least} element(s)`);
	}
	if (value.length > most) {
		throw new Violation(path, `Array must contain at most ${most} element(s)`);
	}
	return value;
}

/** Requires a whole number within bounds, or nothing. */
export function optionalIntegerAt(
	path: string,
	value: unknown,
	least: number,
	most: number,
): number | undefined {
	if (value === undefined) return undefined;
	if (typeof value !== 'number') {
		throw new Violation(path, `Expected number, received ${kindOf(value)}`);
	}
	if (Number.isInteger(value) && value >= least && value <= most) return value;
	throw new Violation(path, `Number must be an integer between ${least} and ${most}`);
}

/** Requires one of the given strings. */
export function oneOfAt<T extends string>(path: string, value: unknown, allowed: readonly T[]): T {
	const found = allowed.find((candidate) => candidate === value);
	if (found !== undefined) return found;
	throw new Violation(path, `Invalid enum value. Expected one of ${allowed.join(', ')}`);
}

/** Requires an array of the given strings. */
export function listOfAt<T extends string>(
	path: string,
	value: unknown,
	allowed: readonly T[],
	least = 0,
): T[] {
	return arrayAt(path, value, least, Infinity).map((entry, index) =>
		oneOfAt(`${path}[${index}]`, entry, allowed),
	);
}

/** Refuses keys that a strict body does not know. */
export function onlyKeys(path: string, body: object, known: readonly string[]): void {
	const unknown = Object.keys(body).filter((key) => !known.includes(key));
	if (unknown.length === 0) return;
	const names = unknown.map((key) => `'${key}'`).join(', ');
	throw new Violation(path, `Unrecognized key(s) in object: ${names}`);
}

function stringAt(path: string, value: unknown): string {
	if (typeof value === 'string') return value;
	throw new Violation(path, `Expected string, received ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
	if (value === undefined) return 'undefined';
	if (value === null) return 'null';
	return Array.isArray(value) ? 'array' : typeof value;
}
