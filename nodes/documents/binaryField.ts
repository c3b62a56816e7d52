import type { IBinaryData, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { ComplaintError, isObject, list, shorten } from '../parameters/checks';
import { FILES_KEY, chooseFields, namesSeveral } from './fieldNames';
import type { DocumentParameters } from './properties';

/** Fields of a file as n8n keeps it (`IBinaryData` of n8n-workflow). */
const FILE_FIELDS = new Set([
	'bytes',
	'data',
	'directory',
	'fileExtension',
	'fileName',
	'fileSize',
	'fileType',
	'id',
	'mimeType',
]);

function isFileLike(value: unknown): value is IBinaryData {
	return isObject(value) && typeof value.mimeType === 'string';
}

/** Whether a value is a file of n8n, as it lies under `binary`, or among an item's fields. */
export function isFile(value: unknown): value is IBinaryData {
	return (
		isFileLike(value) &&
		typeof value.data === 'string' &&
		Object.keys(value).every((field) => FILE_FIELDS.has(field))
	);
}

/** Names by which the files of an item can be given. */
function namesIn({ json, binary }: INodeExecutionData): string[] {
	const among = isObject(json[FILES_KEY]) ? Object.entries(json[FILES_KEY]) : [];
	const names = among.filter(([, value]) => isFile(value)).map(([name]) => `${FILES_KEY}.${name}`);
	return [...Object.keys(binary ?? {}), ...names];
}

/** The file of the item that an expression gave; n8n's expressions leave out its content. */
function nameOf(given: IBinaryData, { binary }: INodeExecutionData): string | undefined {
	const fields = Object.entries(given).filter(([, value]) => value !== undefined);
	const names = Object.entries(binary ?? {})
		.filter(([, file]) => fields.every(([field, value]) => file[field] === value))
		.map(([name]) => name);
	return names.length === 1 ? names[0] : undefined;
}

/** The name in `$binary.data`, `{{ $binary["data"] }}` and the like, which n8n did not evaluate. */
const WRITTEN =
	/^=?(?:\{\{)?\s*\$(?:input\.item\.)?(?:binary|json)\??(?:\.([\w$.]+)|\[\s*["']([^"']+)["']\s*\])\s*(?:\}\})?$/;

/** A file of an item. */
export interface FoundFile {
	/** The name of its field; empty if n8n has the file, but not in a field of the item. */
	property: string;
	file: IBinaryData;
}

/** Finds files of one item. */
class ItemFiles {
	private readonly item: INodeExecutionData;

	readonly names: readonly string[];

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly itemIndex: number,
	) {
		this.item = context.getInputData()[itemIndex] ?? { json: {} };
		this.names = namesIn(this.item);
	}

	get advice(): string {
		const { names } = this;
		return names.length === 0
			? 'The item has no files. Read or download them in an earlier node.'
			: `Enter only the name of the field, such as ${names[0]}. The item has files in: ${shorten(names.join(', '))}.`;
	}

	/** The file that an expression gave; `undefined` if the item does not have it. */
	given(file: IBinaryData): FoundFile | undefined {
		const name = nameOf(file, this.item);
		if (name !== undefined) return this.named(name);
		const found = typeof file.id === 'string' ? this.assert(file) : undefined;
		return found && { property: '', file: found };
	}

	/** The file in a field, also where the name is written as in an expression that n8n did not evaluate. */
	named(name: string): FoundFile | undefined {
		const written = WRITTEN.exec(name);
		for (const property of [name, `${FILES_KEY}.${name}`, written?.[1] ?? written?.[2]]) {
			const file = property === undefined ? undefined : this.assert(property);
			if (property !== undefined && file !== undefined) return { property, file };
		}
		return undefined;
	}

	private assert(wanted: string | IBinaryData): IBinaryData | undefined {
		try {
			const file: unknown = this.context.helpers.assertBinaryData(this.itemIndex, wanted);
			return isFileLike(file) ? file : undefined;
		} catch {
			return undefined;
		}
	}
}

/**
 * Finds the file that a parameter names. An expression that gives the file itself names it as well.
 * @throws ComplaintError if the item has no such file
 */
export function findFile(
	context: IExecuteFunctions,
	read: DocumentParameters,
	itemIndex: number,
	path: string,
): FoundFile {
	const given = read.value(path, itemIndex);
	const files = new ItemFiles(context, itemIndex);
	const { advice } = files;
	if (isFileLike(given)) {
		return (
			files.given(given) ?? read.complain(path, 'is a file that the item does not have', advice)
		);
	}
	if (isObject(given)) read.complain(path, 'is an object, not the name of a field', advice);
	const name = read.line(path, itemIndex);
	if (name === '') read.complain(path, 'is empty', advice);
	return files.named(name) ?? read.complain(path, missing(name), advice);
}

function missing(name: string): string {
	return `is “${shorten(name)}”, but the item has no such file`;
}

/** The files of an item that may have several. */
export interface FoundFiles {
	files: FoundFile[];
	/** Names of fields that the item does not have, each with what is wrong. */
	missing: Array<{ field: string; complaint: ComplaintError }>;
}

/**
 * Finds the files that a parameter names where it may name several: by a list, with commas in between, or
 * with a star.
 * @returns `undefined` if it names one; then `findFile` finds it
 * @throws ComplaintError if there is none
 */
export function findFiles(
	context: IExecuteFunctions,
	read: DocumentParameters,
	itemIndex: number,
	path: string,
): FoundFiles | undefined {
	const given = read.value(path, itemIndex);
	const files = new ItemFiles(context, itemIndex);
	const { names } = files;
	if (!Array.isArray(given) && !(typeof given === 'string' && namesSeveral(given.trim(), names))) {
		return undefined;
	}
	const result: FoundFiles = { files: [], missing: [] };
	const entries = (Array.isArray(given) ? given : [given]).flatMap((entry: unknown) => {
		if (!isFileLike(entry)) return list(entry, read.nameOf(path));
		const name = files.given(entry)?.property;
		return name || read.complain(path, 'is a file that the item does not have', files.advice);
	});
	const chosen = chooseFields(entries, names);
	const found = new Map(chosen.chosen.map((name) => [name, files.named(name)]));
	for (const name of chosen.missing) {
		const written = files.named(name);
		if (written !== undefined) found.set(written.property, written);
		else {
			const complaint = new ComplaintError(read.nameOf(path), missing(name), files.advice);
			result.missing.push({ field: name, complaint });
		}
	}
	for (const file of found.values()) if (file !== undefined) result.files.push(file);
	if (result.files.length === 0 && result.missing.length === 0) {
		const entered = shorten(entries.join(', '));
		if (entered === '') read.complain(path, 'is empty', files.advice);
		read.complain(
			path,
			`is “${entered}”, but the item has no such file`,
			names.length === 0
				? 'The item has no files at all. Remove such items, for example with a Filter node.'
				: files.advice,
		);
	}
	return result;
}
