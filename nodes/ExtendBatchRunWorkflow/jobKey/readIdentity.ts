import { createHash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { LocalFile } from '../../extend/api/files';
import type { PreparedDocument } from '../../documents/documents';
import type { Parameters } from '../properties';
import { identityOf } from './identity';

/** The SHA-256 of a file in n8n, in lower-case hex. A file in n8n's store is read piece by piece. */
async function sha256Of(
	{ helpers }: IExecuteFunctions,
	{ itemIndex, property, storeId }: LocalFile,
): Promise<string> {
	const sum = createHash('sha256');
	if (storeId === undefined) {
		sum.update(await helpers.getBinaryDataBuffer(itemIndex, property));
	} else {
		const stream = await helpers.getBinaryStream(storeId);
		for await (const chunk of stream as AsyncIterable<Uint8Array>) sum.update(chunk);
	}
	return sum.digest('hex');
}

/**
 * What identifies a document of an item within its job: the item's Document Key, with the binary field if
 * the item may have several files; else the document itself.
 * @param key empty: none
 * @throws ComplaintError if it cannot be read
 */
export async function readIdentity(
	context: IExecuteFunctions,
	parameters: Parameters,
	key: string,
	{ file, upload, field }: PreparedDocument,
): Promise<string> {
	if (key !== '' || file === undefined) {
		const sha256 =
			key === '' && upload !== undefined ? await readSum(context, parameters, upload) : '';
		return identityOf(key, { kind: 'binary', sha256 }, field);
	}
	if ('url' in file) return identityOf('', { kind: 'url', url: file.url });
	return 'id' in file
		? identityOf('', { kind: 'fileId', id: file.id })
		: identityOf('', { kind: 'text', text: file.text });
}

async function readSum(
	context: IExecuteFunctions,
	parameters: Parameters,
	upload: LocalFile,
): Promise<string> {
	try {
		return await sha256Of(context, upload);
	} catch {
		return parameters.complain(
			'binaryPropertyName',
			`names the file “${upload.name}”, which n8n no longer has`,
			'Run the node that reads or downloads it again.',
		);
	}
}
