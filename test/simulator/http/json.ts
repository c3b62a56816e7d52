/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
	[key: string]: JsonValue;
}

/** Whether a parsed JSON value is an object (not null, not an array). */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Most bytes that a character takes as JSON in UTF-8: `\u0001`. */
const MOST_BYTES_OF_CHARACTER = 6;

/** Most bytes that a number, `true`, `false` or `null` takes, with a comma. */
const MOST_BYTES_OF_OTHERS = 25;

/** Whether a value has more bytes than that as JSON; of a small one, counting its characters tells. */
export function isLongerThan(bytes: number, value: JsonValue): boolean {
	return mostBytes(value) > bytes && Buffer.byteLength(JSON.stringify(value)) > bytes;
}

/** Most bytes that a value can have as JSON, with its quotes and commas. */
function mostBytes(value: unknown): number {
	if (typeof value === 'string') return value.length * MOST_BYTES_OF_CHARACTER + '"",'.length;
	if (typeof value !== 'object' || value === null) return MOST_BYTES_OF_OTHERS;
	let most = '{},'.length;
	const fields = value as Record<string, unknown>;
	for (const key in fields) {
		most += key.length * MOST_BYTES_OF_CHARACTER + '"":'.length + mostBytes(fields[key]);
	}
	return most;
}

/** Whether any text in a value, names of keys included, holds the character U+0000. */
export function holdsNul(value: unknown): boolean {
	if (typeof value === 'string') return value.includes('\0');
	if (Array.isArray(value)) return value.some(holdsNul);
	if (!isObject(value)) return false;
	for (const key in value) {
		if (key.includes('\0') || holdsNul(value[key])) return true;
	}
	return false;
}
