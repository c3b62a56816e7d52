import type { IBinaryData, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isObject, shorten } from '../parameters/checks';
import type { DocumentParameters } from './parameters';

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

/** Under this field n8n keeps the files of an item whose workflow has them among the other fields. */
const FILES_KEY = 'files';

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

/**
 * Finds the file that the parameter names. An expression that gives the file itself names it as well.
 * @throws ComplaintError if the item has no such file
 */
export function findFile(
	context: IExecuteFunctions,
	read: DocumentParameters,
	itemIndex: number,
): { property: string; file: IBinaryData } {
	const path = 'binaryPropertyName';
	const given = read.value(path, itemIndex);
	const item = context.getInputData()[itemIndex] ?? { json: {} };
	const names = namesIn(item);
	const advice =
		names.length === 0
			? 'The item has no files. Let a node before this one read or download them.'
			: `Enter the name of the field alone, such as ${names[0]}. The item has files in: ${shorten(names.join(', '))}.`;
	const assert = (wanted: string | IBinaryData) => {
		try {
			const file: unknown = context.helpers.assertBinaryData(itemIndex, wanted);
			return isFileLike(file) ? file : undefined;
		} catch {
			return undefined;
		}
	};

	let name: string | undefined;
	if (isFileLike(given)) {
		name = nameOf(given, item);
		const file = name === undefined && typeof given.id === 'string' ? assert(given) : undefined;
		if (file !== undefined) return { property: '', file };
		if (name === undefined) read.complain(path, 'is a file that the item does not have', advice);
	} else if (isObject(given)) {
		read.complain(path, 'is an object, not the name of a field', advice);
	}
	name ??= read.line(path, itemIndex);
	if (name === '') read.complain(path, 'is empty', advice);
	const written = WRITTEN.exec(name);
	for (const property of [name, `${FILES_KEY}.${name}`, written?.[1] ?? written?.[2]]) {
		const file = property === undefined ? undefined : assert(property);
		if (property !== undefined && file !== undefined) return { property, file };
	}
	return read.complain(path, `is “${shorten(name)}”, but the item has no such file`, advice);
}
