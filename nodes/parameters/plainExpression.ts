/**
 * The expressions that dragging a field into a parameter produces, such as `={{ $json.file.url }}`, read
 * without n8n's evaluator. n8n 2.40 takes half a millisecond for each of them, so four for each of
 * 100,000 items are more than three minutes; this takes less than a microsecond.
 *
 * It knows only paths that start at `$json`, `??` between them, and text around them. For everything
 * else, and wherever n8n could see a value differently, it says so, and n8n evaluates.
 */

/** Says that n8n has to evaluate this. */
export const NOT_PLAIN = Symbol('not plain');

/** Gives the value for an item's json, or `NOT_PLAIN`. */
export type PlainReader = (json: unknown) => unknown;

interface Step {
	key: string;
	/** Whether the path may end before it, with `undefined`: `?.`. */
	isOptional: boolean;
}

const START = /^\s*\$json(?![\p{ID_Continue}$])/u;
const DOT = /^(\??\.)([\p{ID_Start}$_][\p{ID_Continue}$]*)/u;
const NEXT_PATH = /^\s*\?\?(?!=)/;
const BRACKET = /^(\?\.)?\[\s*(?:'([^'\\{}\r\n]*)'|"([^"\\{}\r\n]*)"|(0|[1-9]\d{0,8}))\s*\]/u;

/** Names that n8n keeps expressions from reading (`unsafeObjectProperties` in n8n-workflow), and their like. */
const WITHHELD =
	/^__|constructor|prototype|^_(load|linkedBinding)$|^(define|getOwn)Propert|^getBuiltinModule$|^(mainModule|binding|prepareStackTrace|captureStackTrace|caller|callee|arguments|dlopen|execve|loadEnvFile)$/i;

/** One path of an expression, and what follows it. */
function firstPath(code: string): { steps: Step[]; rest: string } | undefined {
	const start = START.exec(code);
	if (start === null) return undefined;
	let rest = code.slice(start[0].length);
	const steps: Step[] = [];
	while (rest.trim() !== '' && !NEXT_PATH.test(rest)) {
		const match = DOT.exec(rest) ?? BRACKET.exec(rest);
		if (match === null) return undefined;
		const [whole, mark, ...keys] = match as Array<string | undefined>;
		const key = keys.find((candidate) => candidate !== undefined) ?? '';
		if (WITHHELD.test(key)) return undefined;
		steps.push({ key, isOptional: mark?.startsWith('?') === true });
		rest = rest.slice(whole?.length);
	}
	return steps.length === 0 ? undefined : { steps, rest };
}

/** The paths of an expression such as `$json.id ?? $json.order.id`, of which the first with a value counts. */
function pathsOf(code: string): Step[][] | undefined {
	const paths: Step[][] = [];
	for (let rest = code; ; rest = rest.replace(NEXT_PATH, '')) {
		const first = firstPath(rest);
		if (first === undefined) return undefined;
		paths.push(first.steps);
		rest = first.rest;
		if (rest.trim() === '') return paths;
	}
}

/** Whether it is data as JSON has it; of a Date or a DateTime n8n has properties of its own. */
function holdsFields(value: unknown): value is Record<string, unknown> {
	if (typeof value !== 'object' || value === null) return false;
	if (Array.isArray(value)) return true;
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === Object.prototype || prototype === null;
}

function isPlainValue(value: unknown): boolean {
	switch (typeof value) {
		case 'string':
		case 'boolean':
		case 'undefined':
			return true;
		case 'number':
			return Number.isFinite(value) && !Object.is(value, -0);
		default:
			return value === null;
	}
}

function follow(steps: Step[], json: unknown): unknown {
	let value = json;
	for (const { key, isOptional } of steps) {
		if (value === undefined || value === null) return isOptional ? undefined : NOT_PLAIN;
		if (!holdsFields(value)) return NOT_PLAIN;
		if (Object.hasOwn(value, key)) value = value[key];
		else if (key in value) return NOT_PLAIN;
		else value = undefined;
	}
	return isPlainValue(value) ? value : NOT_PLAIN;
}

function firstValue(paths: Step[][], json: unknown): unknown {
	let value: unknown;
	for (const steps of paths) {
		value = follow(steps, json);
		if (value !== undefined && value !== null) return value;
	}
	return value;
}

function textReader(template: string): PlainReader | undefined {
	const parts: Array<string | Step[][]> = [];
	let rest = template;
	for (let open = rest.indexOf('{{'); open >= 0; open = rest.indexOf('{{')) {
		const close = rest.indexOf('}}', open);
		const paths = close < 0 ? undefined : pathsOf(rest.slice(open + 2, close));
		if (paths === undefined) return undefined;
		if (open > 0) parts.push(rest.slice(0, open));
		parts.push(paths);
		rest = rest.slice(close + 2);
	}
	if (rest !== '') parts.push(rest);
	if (parts.some((part) => typeof part === 'string' && /[\\{}\r\n]|constructor/.test(part))) {
		return undefined;
	}
	const [only] = parts;
	if (parts.length === 1 && typeof only === 'object') return (json) => firstValue(only, json);
	if (!parts.some((part) => typeof part === 'object')) return undefined;
	return (json) => {
		let text = '';
		for (const part of parts) {
			const value = typeof part === 'string' ? part : firstValue(part, json);
			if (value === NOT_PLAIN) return NOT_PLAIN;
			text += [value].join('');
		}
		return text;
	};
}

/**
 * Makes a reader for a parameter as it is written: a text, or a collection with texts in it.
 *
 * @returns undefined if an expression in it is of another kind
 */
export function plainReader(written: unknown): PlainReader | undefined {
	if (typeof written === 'string') {
		return written.startsWith('=') ? textReader(written.slice(1)) : () => written;
	}
	if (typeof written !== 'object' || written === null) return () => written;
	const readers: Array<[string, PlainReader]> = [];
	for (const [key, value] of Object.entries(written)) {
		const reader = plainReader(value);
		if (reader === undefined || key === '__proto__') return undefined;
		readers.push([key, reader]);
	}
	if (Array.isArray(written)) {
		return (json) => {
			const values: unknown[] = [];
			for (const [, reader] of readers) {
				const value = reader(json);
				if (value === NOT_PLAIN) return NOT_PLAIN;
				values.push(value);
			}
			return values;
		};
	}
	return (json) => {
		const values: Record<string, unknown> = {};
		for (const [key, reader] of readers) {
			const value = reader(json);
			if (value === NOT_PLAIN) return NOT_PLAIN;
			values[key] = value;
		}
		return values;
	};
}
