import type { IExecuteFunctions } from 'n8n-workflow';

import { ExtendClient, TIMEOUTS_MS } from './client';
import type { Call, CallResult } from './client';
import type { UploadedFile } from './types';

/**
 * File name extensions for MIME types of the documents that Extend takes ("Supported File Types" in its
 * documentation). Extend tells a file's type by its name, so a name without an extension gets one.
 */
const EXTENSIONS: Record<string, string> = {
	'application/msword': 'doc',
	'application/pdf': 'pdf',
	'application/rtf': 'rtf',
	'application/vnd.ms-excel': 'xls',
	'application/vnd.ms-excel.template.macroenabled.12': 'xltm',
	'application/vnd.ms-powerpoint': 'ppt',
	'application/vnd.oasis.opendocument.spreadsheet': 'ods',
	'application/vnd.oasis.opendocument.text': 'odt',
	'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
	'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
	'application/vnd.openxmlformats-officedocument.spreadsheetml.template': 'xltx',
	'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
	'application/vnd.openxmlformats-officedocument.wordprocessingml.template': 'dotx',
	'application/vnd.wordperfect': 'wpd',
	'application/xml': 'xml',
	'image/bmp': 'bmp',
	'image/gif': 'gif',
	'image/heic': 'heic',
	'image/heif': 'heif',
	'image/jpeg': 'jpg',
	'image/jpg': 'jpg',
	'image/png': 'png',
	'image/svg+xml': 'svg',
	'image/tiff': 'tiff',
	'image/vnd.adobe.photoshop': 'psd',
	'image/webp': 'webp',
	'image/x-pcx': 'pcx',
	'message/rfc822': 'eml',
	'text/csv': 'csv',
	'text/html': 'html',
	'text/markdown': 'md',
	'text/plain': 'txt',
	'text/rtf': 'rtf',
	'text/xml': 'xml',
};

/** Extensions by which Extend knows a type, further ones included. */
const KNOWN_EXTENSIONS = new Set([
	...Object.values(EXTENSIONS),
	...['htm', 'jpeg', 'lis', 'markdown', 'ppm', 'tif'],
]);

/**
 * A name by which Extend can tell the type of a file. A name with an extension that says it stays as it
 * is; another gets that of the MIME type, else, if it has none at all, that which n8n found out.
 */
export function documentName(
	name: string | undefined,
	mimeType: string | undefined,
	fileExtension: string | undefined,
): string {
	const base = (name ?? '').trim().replace(/[./\\]+$/, '') || 'document';
	const own = /[^./\\]\.([A-Za-z0-9]{1,5})$/.exec(base)?.[1]?.toLowerCase();
	if (own !== undefined && KNOWN_EXTENSIONS.has(own)) return base;
	const type = mimeType?.split(';')[0]?.trim().toLowerCase() ?? '';
	const found = own === undefined ? fileExtension?.replace(/^\./, '') : undefined;
	const extension = EXTENSIONS[type] ?? found;
	return extension ? `${base}.${extension}` : base;
}

/** A file in n8n that is to be uploaded. */
export interface LocalFile {
	itemIndex: number;
	/** Name of the binary field. */
	property: string;
	/** Name for Extend, with the right extension. */
	name: string;
	mimeType: string;
	/** Bytes. */
	size: number;
	/** Id in n8n's binary store; absent when n8n keeps the file in memory. */
	storeId?: string;
	password?: string;
}

/**
 * A file whose bytes are read from n8n's store while they are sent, so that a file of any size takes
 * little memory.
 */
class StoredFile extends File {
	constructor(
		private readonly source: AsyncIterable<Uint8Array>,
		override readonly size: number,
		name: string,
		type: string,
	) {
		super([], name, { type });
	}

	override stream(): ReturnType<File['stream']> {
		const chunks = this.source[Symbol.asyncIterator]();
		return new ReadableStream<Uint8Array<ArrayBuffer>>({
			async pull(controller) {
				const chunk: IteratorResult<Uint8Array, unknown> = await chunks.next();
				if (chunk.done) controller.close();
				else controller.enqueue(new Uint8Array(chunk.value));
			},
			async cancel() {
				await chunks.return?.();
			},
		});
	}
}

async function openFile(context: IExecuteFunctions, file: LocalFile): Promise<File> {
	if (file.storeId !== undefined) {
		const stream = await context.helpers.getBinaryStream(file.storeId);
		return new StoredFile(stream as AsyncIterable<Uint8Array>, file.size, file.name, file.mimeType);
	}
	const bytes = await context.helpers.getBinaryDataBuffer(file.itemIndex, file.property);
	return new File([new Uint8Array(bytes)], file.name, { type: file.mimeType });
}

/** Uploads a file to Extend. An upload may be repeated: a stray copy starts nothing and costs nothing. */
export async function uploadFile(
	context: IExecuteFunctions,
	client: ExtendClient,
	file: LocalFile,
	control: Pick<Call, 'isWanted' | 'onFailure'>,
): Promise<CallResult<UploadedFile>> {
	const result = await client.attempt<UploadedFile>({
		category: 'WRITE',
		method: 'POST',
		path: '/files/upload',
		repeatable: 'repeat',
		timeoutMs: TIMEOUTS_MS.upload + file.size / 100,
		...control,
		body: async () => {
			const form = new FormData();
			form.append('file', await openFile(context, file));
			if (file.password) form.append('password', file.password);
			return form;
		},
	});
	if (result.ok && typeof result.body.id !== 'string') {
		return {
			ok: false,
			failure: { kind: 'unknown', status: 200, message: 'the answer names no file id' },
		};
	}
	return result;
}
