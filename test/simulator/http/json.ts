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

/** Bytes of a value as JSON. */
export function byteLength(value: JsonValue): number {
	return Buffer.byteLength(JSON.stringify(value));
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
