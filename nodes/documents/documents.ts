import { hash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';

import { cleaned, complain, fieldsOf, text, shorten } from '../parameters/checks';
import { documentName, nameForText, nameForUrl, numberedName } from './fileNames';
import type { LocalFile } from '../extend/api/files';
import { FileUrlReader } from './fileUrl';
import { isPrivateHost } from '../extend/access/publicAddress';
import type { RunFile } from '../extend/api/types';
import { BinaryFiles } from './binaryFiles';
import type { FileComplaint, SizedFile } from './binaryFiles';
import type { DocumentParameters } from './properties';

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
	/** The binary field of the file, where the item may have several. */
	field?: string;
}

/** The documents of an item: one, or as many as it has files. */
export interface ItemDocuments {
	documents: PreparedDocument[];
	/** What is wrong with its other files. */
	complaints: FileComplaint[];
}

function digest(content: string): string {
	return hash('sha256', content, 'base64');
}

/** @param identity lines, of which only the last may contain line breaks */
function identityOf(identity: string, password = ''): string {
	return password === '' ? identity : digest(JSON.stringify([identity, password]));
}

function ofId(id: string): PreparedDocument {
	return { document: identityOf(`fileId\n${id}`), file: { id }, upload: undefined, password: '' };
}

function eachOnce(documents: readonly PreparedDocument[]): PreparedDocument[] {
	return [...new Map(documents.map((document) => [document.document, document])).values()];
}

/** Reads and checks the documents of items. */
export class DocumentReader {
	private readonly urls = new FileUrlReader();

	private readonly files: BinaryFiles;

	private readonly packages: BinaryFiles;

	private readonly isPrivate = new Map<string, boolean>();

	private readonly sourceOf: (itemIndex: number) => 'url' | 'binary' | 'fileId' | 'text';

	private readonly fileNameOf: (itemIndex: number) => string;

	private readonly passwordOf: (itemIndex: number) => string;

	/** Addresses that mean something in a private network only. */
	readonly privateUrls: Array<{ itemIndex: number; url: string }> = [];

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly parameters: DocumentParameters,
	) {
		this.files = new BinaryFiles(context, parameters, 'binaryPropertyName');
		this.packages = new BinaryFiles(context, parameters, 'packageFields');
		this.sourceOf = parameters.shared((index) => parameters.choice('source', index));
		this.fileNameOf = parameters.shared((index) => parameters.line('options.fileName', index));
		this.passwordOf = parameters.shared((index) => parameters.text('options.filePassword', index));
	}

	/** Number of files that were left out because of their type or size. */
	get leftOut(): number {
		return this.files.leftOut;
	}

	/**
	 * Reads all documents of an item, for a node that lets the field of the file name several of them, and
	 * has the options that leave files out.
	 * @throws ComplaintError if there is none, or the item itself is not right
	 */
	readAll(itemIndex: number): ItemDocuments | Promise<ItemDocuments> {
		const source = this.sourceOf(itemIndex);
		if (source === 'binary') return this.readFiles(itemIndex);
		return { documents: [this.readRemote(source, itemIndex)], complaints: [] };
	}

	/**
	 * Reads all files of an item, for a node that uploads them. It has the options that leave files out.
	 * @throws ComplaintError if there is none, or the item itself is not right
	 */
	async readFiles(itemIndex: number): Promise<ItemDocuments> {
		const { kept, complaints, areSeveral } = await this.files.all(itemIndex);
		const name = this.fileNameOf(itemIndex);
		const password = this.passwordOf(itemIndex);
		const documents = kept.map((file, index) => {
			const document = this.upload(itemIndex, file, name, password, index + 1);
			return areSeveral ? { ...document, field: file.property } : document;
		});
		return { documents, complaints };
	}

	/** @throws ComplaintError */
	async read(itemIndex: number): Promise<PreparedDocument> {
		const source = this.sourceOf(itemIndex);
		if (source !== 'binary') return this.readRemote(source, itemIndex);
		const name = this.fileNameOf(itemIndex);
		const password = this.passwordOf(itemIndex);
		return this.upload(itemIndex, await this.files.one(itemIndex), name, password);
	}

	/** A document for which no file in n8n is needed. It is no promise, because there may be very many. */
	private readRemote(source: 'url' | 'fileId' | 'text', itemIndex: number): PreparedDocument {
		const read = this.parameters;
		const name = this.fileNameOf(itemIndex);
		const password = this.passwordOf(itemIndex);
		if (password !== '' && source !== 'url') {
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
		}
	}

	/**
	 * The files of an item that belong together, each once and under its own name, for a node that lets
	 * `packageFields` name them. It has the options that leave files out.
	 * @throws ComplaintError if there is none, or one of them is not right
	 */
	async ofPackage(itemIndex: number): Promise<{ documents: PreparedDocument[]; leftOut: number }> {
		const { kept, complaints, leftOut } = await this.packages.all(itemIndex);
		const [wrong] = complaints;
		if (wrong !== undefined) complain(wrong.parameter, wrong.problem, wrong.advice);
		const documents = kept.map((file) => this.upload(itemIndex, file, '', ''));
		return { documents: eachOnce(documents), leftOut };
	}

	/** Files that Extend has. */
	ofIds(ids: readonly string[]): PreparedDocument[] {
		return ids.map(ofId);
	}

	/**
	 * Documents at addresses, each once and in order, given as a list, or as text with line breaks or commas
	 * in between; a comma within an address stays.
	 * @param path of the parameter that they come from
	 * @throws ComplaintError
	 */
	ofUrls(value: unknown, path: string, itemIndex: number): PreparedDocument[] {
		const given = Array.isArray(value)
			? value
			: text(value, this.parameters.nameOf(path)).split(/[\r\n]+|[,;]\s*(?=https?:)/);
		const documents = given
			.filter((entry) => typeof entry !== 'string' || cleaned(entry) !== '')
			.map((entry) => this.urlDocument(entry, path, itemIndex, '', ''));
		return eachOnce(documents);
	}

	private url(itemIndex: number, name: string, password: string): PreparedDocument {
		const value = this.parameters.value('fileUrl', itemIndex);
		return this.urlDocument(value, 'fileUrl', itemIndex, name, password);
	}

	private urlDocument(
		value: unknown,
		path: string,
		itemIndex: number,
		name: string,
		password: string,
	): PreparedDocument {
		const address = this.urls.read(value, this.parameters.nameOf(path));
		if (address === undefined) return this.complainOfNothing(path, itemIndex);
		const { url, hostname } = address;
		let isPrivate = this.isPrivate.get(hostname);
		if (isPrivate === undefined) {
			isPrivate = isPrivateHost(hostname);
			this.isPrivate.set(hostname, isPrivate);
		}
		if (isPrivate) this.privateUrls.push({ itemIndex, url });
		const sentName = nameForUrl(name, url);
		return {
			document: identityOf(`url\n${sentName ?? ''}\n${url}`, password),
			file: { url, name: sentName, settings: password === '' ? undefined : { password } },
			upload: undefined,
			password,
		};
	}

	private fileId(itemIndex: number): PreparedDocument {
		const id = this.parameters.id('fileId', 'file', itemIndex);
		if (id === '') return this.complainOfNothing('fileId', itemIndex);
		return ofId(id);
	}

	private text(itemIndex: number, name: string): PreparedDocument {
		const content = this.parameters.text('text', itemIndex);
		if (cleaned(content) === '') return this.complainOfNothing('text', itemIndex);
		const sentName = nameForText(name);
		return {
			document: identityOf(`text\n${sentName ?? ''}\n${digest(content)}`),
			file: { text: content, name: sentName },
			upload: undefined,
			password: '',
		};
	}

	private complainOfNothing(path: string, itemIndex: number): never {
		return this.parameters.complain(
			path,
			'is empty',
			adviceOnNothing(this.context.getInputData()[itemIndex]?.json ?? {}),
		);
	}

	/** @param number which of the item's files it is, from 1: a chosen name is for all of them */
	private upload(
		itemIndex: number,
		{ property, file, size }: SizedFile,
		name: string,
		password: string,
		number = 1,
	): PreparedDocument {
		const base = documentName(name || file.fileName, file.mimeType, file.fileExtension);
		const fileName = name === '' || number === 1 ? base : numberedName(base, number);
		return {
			// What lies in n8n's store under an id does not change.
			document: identityOf(
				`binary\n${file.id ?? digest(file.data)}\n${size}\n${fileName}`,
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

/** What to do about an item without a document: it has the field, but nothing in it, or has no such field. */
function adviceOnNothing(json: object): string {
	const empty = Object.entries(json).filter(([, value]) => cleaned(String(value ?? '')) === '');
	if (empty.length === 0) {
		return `Set it to a field that every item has. ${fieldsOf(json)}`;
	}
	const fields = shorten(empty.map(([name]) => name).join(', '));
	return `These fields of the item are empty: ${fields}. Fill them in, or remove such items with a Filter node. To submit the other items anyway, set On Error in Settings to “Continue (using error output)”.`;
}
