import type { IExecuteFunctions } from 'n8n-workflow';

import type { Complaint } from '../parameters/checks';
import { ParameterReader } from '../parameters/reader';
import { DocumentReader } from '../documents/documents';
import type { ItemDocuments, PreparedDocument } from '../documents/documents';
import type { FileComplaint } from '../documents/binaryFiles';
import type { Doubts } from '../documents/doubts';
import { MetadataReader } from '../documents/metadata';
import { readSecrets } from '../submit/properties';
import type { Secrets } from '../submit/properties';
import { properties } from './properties';
import type { Parameters } from './properties';
import { SettingsReader } from './settings';
import type { BatchSettings } from './settings';
import { shortKey } from './jobKey/identity';
import { readIdentity } from './jobKey/readIdentity';

export { originOf } from '../documents/metadata';
export type { BatchSettings } from './settings';

/** One document of an input item, read and checked. */
export interface PreparedInput extends Omit<PreparedDocument, 'password'> {
	itemIndex: number;
	/** What identifies the document within its job, under a Job Key. */
	identity?: string;
	/** Whether the item has more files than this. */
	isOneOfSeveral?: boolean;
	/** The same object for all inputs that agree in it. */
	settings: BatchSettings;
	metadata: Record<string, unknown> | undefined;
	secrets: Record<string, unknown> | undefined;
	/** Texts that must not appear in any error. */
	confidential: string[];
}

/** What is wrong with an item, or with one of its files. */
export type InputComplaint = Complaint & Partial<FileComplaint>;

/** What the items came to. */
interface Reading {
	inputs: PreparedInput[];
	/** One for each item that is not right, or for each file of an item that has several. */
	complaints: InputComplaint[];
	doubts: Doubts;
	/** Number of files that were left out because of their type or size. */
	leftOut: number;
}

/** Reads the inputs of one item after the other, and keeps them. */
class InputReader {
	readonly inputs: PreparedInput[] = [];

	/** What is wrong with single files of items that have several. */
	readonly refused: FileComplaint[] = [];

	readonly documents: DocumentReader;

	readonly metadata: MetadataReader;

	private readonly settings: SettingsReader;

	private readonly keyOf: (itemIndex: number) => string;

	private readonly secretsOf: (itemIndex: number) => Secrets;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly parameters: Parameters,
	) {
		this.settings = new SettingsReader(parameters);
		this.keyOf = parameters.shared((index) => parameters.line('options.documentKey', index));
		this.secretsOf = parameters.shared((itemIndex) => readSecrets(parameters, itemIndex));
		this.documents = new DocumentReader(context, parameters);
		this.metadata = new MetadataReader(context, parameters);
	}

	/**
	 * It is a promise only where it must be, because there may be very many items.
	 * @throws ComplaintError about the whole item
	 */
	read(itemIndex: number): void | Promise<void> {
		const settings = this.settings.read(itemIndex);
		const key = this.keyOf(itemIndex);
		const found = this.documents.readAll(itemIndex);
		if (found instanceof Promise || settings.job !== undefined) {
			return this.identified(itemIndex, settings, found, key);
		}
		this.keep(itemIndex, settings, found);
	}

	/** Waits for the files of the item, and for what identifies each in its job. */
	private async identified(
		itemIndex: number,
		settings: BatchSettings,
		found: ItemDocuments | Promise<ItemDocuments>,
		key: string,
	): Promise<void> {
		const item = await found;
		const identities: string[] = [];
		if (settings.job !== undefined) {
			for (const document of item.documents) {
				identities.push(await readIdentity(this.context, this.parameters, key, document));
			}
		}
		this.keep(itemIndex, settings, item, identities);
	}

	private keep(
		itemIndex: number,
		settings: BatchSettings,
		{ documents, complaints }: ItemDocuments,
		identities: readonly string[] = [],
	): void {
		const secrets = this.secretsOf(itemIndex);
		const isOneOfSeveral = documents.length + complaints.length > 1;
		const inputs = documents.map((document, index) =>
			this.input(itemIndex, settings, document, identities[index], secrets, isOneOfSeveral),
		);
		this.inputs.push(...inputs);
		this.refused.push(...complaints);
	}

	private input(
		itemIndex: number,
		settings: BatchSettings,
		{ document, file, upload, password, field }: PreparedDocument,
		identity: string | undefined,
		{ secrets, texts }: Secrets,
		isOneOfSeveral: boolean,
	): PreparedInput {
		const { job, reference } = settings;
		const more =
			job === undefined && !isOneOfSeveral
				? undefined
				: {
						job: job && shortKey(job.key),
						document: identity,
						file: isOneOfSeveral ? field : undefined,
					};
		return {
			itemIndex,
			settings,
			document,
			identity,
			field,
			isOneOfSeveral,
			file,
			upload,
			metadata: this.metadata.read(itemIndex, reference, more),
			secrets,
			confidential: password === '' ? texts : [password, ...texts],
		};
	}
}

/**
 * Reads and checks every input item before anything is sent.
 * @returns the inputs that can be submitted, a complaint for each of the others, and what is doubtful
 */
export async function readInputs(context: IExecuteFunctions): Promise<Reading> {
	const parameters = ParameterReader.ofItems(properties, context);
	const reader = new InputReader(context, parameters);
	const { complaints: ofItems } = await parameters.readItems((itemIndex) => reader.read(itemIndex));
	const refused = new Set(ofItems.map(({ itemIndex }) => itemIndex));
	const complaints = [...ofItems, ...reader.refused];
	return {
		inputs: reader.inputs,
		complaints: complaints.sort((a, b) => a.itemIndex - b.itemIndex),
		doubts: {
			privateUrls: reader.documents.privateUrls.filter(({ itemIndex }) => !refused.has(itemIndex)),
			roundedItems: [...reader.metadata.roundedItems].filter((item) => !refused.has(item)),
		},
		leftOut: reader.documents.leftOut,
	};
}
