import { hash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';

import { cleaned, fieldsOf, shorten } from '../parameters/checks';
import { documentName, nameForText, nameForUrl } from './fileNames';
import type { LocalFile } from '../extend/api/files';
import { FileUrlReader } from './fileUrl';
import { isPrivateHost } from '../extend/access/publicAddress';
import type { RunFile } from '../extend/api/types';
import { findFile } from './binaryField';
import type { DocumentParameters } from './parameters';

/** The document of an input, before anything is sent. */
export interface PreparedDocument {
	/**
	 * Identity of all that decides what Extend gets as the document: where it is from, its content, name
	 * and password. Equal texts mean equal documents. A password or content is in it as a hash only.
	 */
	document: string;
	/** What Extend gets; of a binary file it is known only after the upload. */
	file: RunFile | undefined;
	upload: LocalFile | undefined;
	/** Empty: none. */
	password: string;
}

function digest(content: string): string {
	return hash('sha256', content, 'base64');
}

function identityOf(parts: string[], password = ''): string {
	return password === '' ? JSON.stringify(parts) : digest(JSON.stringify([...parts, password]));
}

/** Reads and checks the documents of items. */
export class DocumentReader {
	private readonly urls = new FileUrlReader();

	private readonly isPrivate = new Map<string, boolean>();

	/** Addresses that mean something in a private network only. */
	readonly privateUrls: Array<{ itemIndex: number; url: string }> = [];

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly parameters: DocumentParameters,
	) {}

	/** @throws ComplaintError */
	async read(itemIndex: number): Promise<PreparedDocument> {
		const read = this.parameters;
		const source = read.choice('source', itemIndex);
		const name = read.line('options.fileName', itemIndex);
		const password = read.text('options.filePassword', itemIndex);
		if (password !== '' && source !== 'url' && source !== 'binary') {
			read.complain(
				'options.filePassword',
				'does not go with this source',
				'Remove it: Extend takes a password only with a URL or an uploaded file.',
			);
		}
		if (name !== '' && source === 'fileId') {
			read.complain(
				'options.fileName',
				'does not go with the source File ID',
				'Remove it: a file that Extend already has keeps its name.',
			);
		}
		switch (source) {
			case 'url':
				return this.url(itemIndex, name, password);
			case 'fileId':
				return this.fileId(itemIndex);
			case 'text':
				return this.text(itemIndex, name);
			case 'binary':
				return await this.binary(itemIndex, name, password);
		}
	}

	private url(itemIndex: number, name: string, password: string): PreparedDocument {
		const value = this.parameters.value('fileUrl', itemIndex);
		const address = this.urls.read(value, this.parameters.nameOf('fileUrl'));
		if (address === undefined) return this.complainOfNothing('fileUrl', itemIndex);
		const { url, hostname } = address;
		let isPrivate = this.isPrivate.get(hostname);
		if (isPrivate === undefined) {
			isPrivate = isPrivateHost(hostname);
			this.isPrivate.set(hostname, isPrivate);
		}
		if (isPrivate) this.privateUrls.push({ itemIndex, url });
		const sentName = nameForUrl(name, url);
		return {
			document: identityOf(['url', url, sentName ?? ''], password),
			file: {
				url,
				...(sentName === undefined ? {} : { name: sentName }),
				...(password === '' ? {} : { settings: { password } }),
			},
			upload: undefined,
			password,
		};
	}

	private fileId(itemIndex: number): PreparedDocument {
		const id = this.parameters.id('fileId', 'file', itemIndex);
		if (id === '') return this.complainOfNothing('fileId', itemIndex);
		return { document: identityOf(['fileId', id]), file: { id }, upload: undefined, password: '' };
	}

	private text(itemIndex: number, name: string): PreparedDocument {
		const content = this.parameters.text('text', itemIndex);
		if (cleaned(content) === '') return this.complainOfNothing('text', itemIndex);
		const sentName = nameForText(name);
		return {
			document: identityOf(['text', sentName ?? '', digest(content)]),
			file: { text: content, ...(sentName === undefined ? {} : { name: sentName }) },
			upload: undefined,
			password: '',
		};
	}

	private complainOfNothing(path: string, itemIndex: number): never {
		return this.parameters.complain(
			path,
			'is empty',
			`Let it take its value from a field that every item has. ${fieldsOf(this.context.getInputData()[itemIndex]?.json)}`,
		);
	}

	private async binary(
		itemIndex: number,
		name: string,
		password: string,
	): Promise<PreparedDocument> {
		const { property, file } = findFile(this.context, this.parameters, itemIndex);
		const shown = shorten(property || file.fileName || 'a file');
		let size: number;
		try {
			size = file.id
				? (await this.context.helpers.getBinaryMetadata(file.id)).fileSize
				: Buffer.byteLength(file.data, 'base64');
		} catch {
			return this.parameters.complain(
				'binaryPropertyName',
				`is “${shown}”, but n8n no longer has that file`,
				'Run the node again that reads or downloads it.',
			);
		}
		if (size === 0) {
			this.parameters.complain(
				'binaryPropertyName',
				`is “${shown}”, but that file is empty`,
				'Leave out items without content, for example with a Filter node.',
			);
		}
		const fileName = documentName(name || file.fileName, file.mimeType, file.fileExtension);
		return {
			// What lies in n8n's store under an id does not change.
			document: identityOf(
				['binary', file.id ?? digest(file.data), String(size), fileName],
				password,
			),
			file: undefined,
			upload: {
				itemIndex,
				property,
				name: fileName,
				mimeType: file.mimeType,
				size,
				storeId: file.id,
				password: password || undefined,
			},
			password,
		};
	}
}
