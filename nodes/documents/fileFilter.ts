/** Which files of an item are left out, such as the logo in the signature of a mail. */
import { typeOf } from './fileNames';

/** Bytes of what the editor calls a KB. */
const KB = 1_024;

/** What tells the type of a file. */
export interface TypedFile {
	/** The name under which Extend would get it, with its extension. */
	name: string;
	mimeType: string;
}

/** A MIME type without its parameters. */
function plainMimeType(mimeType: string): string {
	return mimeType.replace(/;.*$/s, '').trim().toLowerCase();
}

function isOfType({ name, mimeType }: TypedFile, type: string): boolean {
	const wanted = type.toLowerCase();
	if (wanted.endsWith('/*')) return plainMimeType(mimeType).startsWith(wanted.slice(0, -1));
	if (wanted.includes('/')) return plainMimeType(mimeType) === wanted;
	const extension = typeOf(`file.${wanted.replace(/^\*?\./, '')}`);
	return extension !== '' && extension === typeOf(name);
}

/**
 * Whether a file is of one of these types.
 * @param types extensions, such as `pdf` or `.pdf`, and MIME types, such as `image/*`; none: any type
 */
export function isOfTypes(file: TypedFile, types: readonly string[]): boolean {
	return types.length === 0 || types.some((type) => isOfType(file, type));
}

/** Whether a file has fewer bytes than so many KB. */
export function isSmaller({ size }: { size: number }, kilobytes: number): boolean {
	return size < kilobytes * KB;
}

/** The type of a file, for people. */
export function writeType(mimeType: string): string {
	return plainMimeType(mimeType) || 'of unknown type';
}

/** The size of a file, for people: `2.1 KB`. */
export function writeSize({ size }: { size: number }): string {
	return `${(Math.ceil((10 * size) / KB) / 10).toLocaleString('en')} KB`;
}
