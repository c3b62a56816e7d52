import type { IExecuteFunctions } from 'n8n-workflow';

import { ExtendClient, TIMEOUTS_MS } from '../client/client';
import type { Call, CallResult } from '../client/client';
import { eachAtOnce } from '../client/waiting';
import { reasonAmong } from '../failures/failure';
import type { CallFailure } from '../failures/failure';
import type { ExtendFile, UploadedFile } from './types';

/** Most bytes per millisecond that an upload is trusted to take at least: 100 kB per second. */
const SLOWEST_BYTES_PER_MS = 100;

/** Files of one item that are uploaded side by side. How many calls are under way is up to the client. */
const UPLOADS_AT_ONCE = 8;

/** How long an upload may take, in milliseconds; more for a larger file. */
export function uploadTimeoutMs(bytes: number): number {
	return TIMEOUTS_MS.upload + bytes / SLOWEST_BYTES_PER_MS;
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
	/** Whether Extend is to make a PDF of it. */
	convertsToPdf?: boolean;
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
		...(file.convertsToPdf === true ? { query: { convertToPdf: 'true' } } : {}),
		repeatable: 'repeat',
		timeoutMs: uploadTimeoutMs(file.size),
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
			failure: { kind: 'unknown', status: 200, message: 'the answer has no file ID' },
		};
	}
	return result;
}

/**
 * Uploads the files of one item side by side, until one fails for good.
 * @returns those that Extend has now, each in its place, and the failure
 */
export async function uploadFiles(
	context: IExecuteFunctions,
	client: ExtendClient,
	files: readonly LocalFile[],
): Promise<{ uploaded: Array<UploadedFile | undefined>; failure?: CallFailure }> {
	const uploaded: Array<UploadedFile | undefined> = files.map(() => undefined);
	let failure: CallFailure | undefined;
	await eachAtOnce(files.keys(), UPLOADS_AT_ONCE, async (index) => {
		if (failure !== undefined) return;
		const sent = await uploadFile(context, client, files[index]!, {});
		if (sent.ok) uploaded[index] = sent.body;
		else failure = reasonAmong(failure, sent.failure);
	});
	return { uploaded, failure };
}

/** Fetches what Extend knows of a file, with a link to its content that is good for 15 minutes. */
export async function fetchFile(
	client: ExtendClient,
	fileId: string,
): Promise<CallResult<ExtendFile>> {
	return await client.attempt<ExtendFile>(ExtendClient.getOne('/files', fileId));
}

/** Deletes a file for good. Runs of it stay, but lose its content. A 404 says that there is none. */
export async function deleteFile(
	client: ExtendClient,
	fileId: string,
): Promise<CallResult<object>> {
	return await client.attempt<object>({
		category: 'WRITE',
		method: 'DELETE',
		path: `/files/${encodeURIComponent(fileId)}`,
		repeatable: 'repeat',
		timeoutMs: TIMEOUTS_MS.write,
	});
}
