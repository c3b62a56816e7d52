import type { Extend } from 'extend-ai';

import { hash32 } from './random';
import { timestamp } from './timestamps';

/** A file that Extend keeps: uploaded, or fetched for a run. Its contents are not kept here. */
export interface FileRecord {
	readonly seq: number;
	readonly id: string;
	readonly name: string;
	readonly type: FileKind | null;
	/** Milliseconds since 1970, by Extend's clock. */
	readonly createdAt: number;
	/** The text of a run's text input. */
	readonly text?: string;
}

/** The types Extend tells apart (Extend SDK, `FileType`). */
export type FileKind = 'PDF' | 'CSV' | 'IMG' | 'TXT' | 'DOCX' | 'EXCEL' | 'XML' | 'HTML';

const KIND_OF_EXTENSION: Readonly<Record<string, FileKind>> = {
	...kinds('PDF', 'pdf pptx ppt'),
	...kinds('IMG', 'png jpg jpeg tiff tif svg heic heif bmp gif webp psd pcx ppm'),
	...kinds('EXCEL', 'xls xlsx xltm xltx ods'),
	...kinds('CSV', 'csv'),
	...kinds('DOCX', 'docx doc wpd dotx odt rtf'),
	...kinds('TXT', 'txt md lis eml'),
	...kinds('HTML', 'html'),
	...kinds('XML', 'xml'),
};

/** Types that `convertToPdf` turns into PDF (Extend SDK, `FilesUploadRequest`). */
const CONVERTIBLE: readonly FileKind[] = ['IMG', 'DOCX', 'EXCEL', 'HTML'];

/**
 * The type of a file, by the extension of its name, else by how its contents begin. null when it is
 * none that Extend supports (Extend docs, "Supported File Types").
 */
export function fileKind(name: string, beginning?: Buffer): FileKind | null {
	const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
	return KIND_OF_EXTENSION[extension] ?? (beginning ? kindOfContents(beginning) : null);
}

/** The type after conversion to PDF was asked for. */
export function convertedKind(kind: FileKind | null): FileKind | null {
	return kind !== null && CONVERTIBLE.includes(kind) ? 'PDF' : kind;
}

/** The name that Extend gives a file it fetches: the last part of the URL's path. */
export function nameFromUrl(url: string): string {
	const path = /^https?:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? '';
	const last = path.slice(path.lastIndexOf('/') + 1);
	try {
		return decodeURIComponent(last) || 'document';
	} catch {
		return last;
	}
}

/** Pages of a document, the same every time for the same name. */
export function pageCount(name: string): number {
	return 1 + (hash32(name) % 4);
}

/** A file as runs show it (Extend SDK, `FileSummary`). */
export function fileSummary(file: FileRecord): Extend.FileSummary {
	const at = timestamp(file.createdAt);
	return {
		object: 'file',
		id: file.id,
		name: file.name,
		type: file.type,
		parentFileId: null,
		metadata: { pageCount: pageCount(file.name) },
		createdAt: at,
		updatedAt: at,
	};
}

/** A file as `/files` shows it (Extend SDK, `File_`). */
export function fileAnswer(file: FileRecord, presignedUrl: string | null): Extend.File_ {
	return { ...fileSummary(file), object: 'file', presignedUrl, contents: null };
}

function kinds(kind: FileKind, extensions: string): Record<string, FileKind> {
	return Object.fromEntries(extensions.split(' ').map((extension) => [extension, kind]));
}

function kindOfContents(beginning: Buffer): FileKind | null {
	const start = beginning.toString('latin1', 0, 8);
	if (start.startsWith('%PDF')) return 'PDF';
	if (start.startsWith('\x89PNG') || start.startsWith('\xff\xd8\xff')) return 'IMG';
	return null;
}
