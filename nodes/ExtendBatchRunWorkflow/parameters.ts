import type { IExecuteFunctions } from 'n8n-workflow';

import type { Complaint } from '../parameters/checks';
import { textsIn } from '../parameters/jsonValues';
import { ParameterReader } from '../parameters/reader';
import { DocumentReader } from '../documents/documents';
import type { PreparedDocument } from '../documents/documents';
import type { FileComplaint } from '../documents/binaryFiles';
import type { Doubts } from '../documents/doubts';
import { MetadataReader } from '../documents/metadata';
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

/** Reads the inputs of one item after the other. */
class InputReader {
	readonly documents: DocumentReader;

	readonly metadata: MetadataReader;

	private readonly settings: SettingsReader;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly parameters: Parameters,
	) {
		this.settings = new SettingsReader(parameters);
		this.documents = new DocumentReader(context, parameters);
		this.metadata = new MetadataReader(context, parameters);
	}

	/** @throws ComplaintError about the whole item */
	async read(itemIndex: number): Promise<{ inputs: PreparedInput[]; refused: FileComplaint[] }> {
		const { parameters } = this;
		const settings = this.settings.read(itemIndex);
		const { documents, complaints } = await this.documents.readAll(itemIndex);
		const key = parameters.line('options.documentKey', itemIndex);
		const secrets = parameters.json('options.secrets', itemIndex);
		const isOneOfSeveral = documents.length + complaints.length > 1;
		const inputs: PreparedInput[] = [];
		for (const document of documents) {
			inputs.push(await this.input(itemIndex, settings, document, key, secrets, isOneOfSeveral));
		}
		return { inputs, refused: complaints };
	}

	private async input(
		itemIndex: number,
		settings: BatchSettings,
		prepared: PreparedDocument,
		documentKey: string,
		secrets: Record<string, unknown>,
		isOneOfSeveral: boolean,
	): Promise<PreparedInput> {
		const { document, file, upload, password, field } = prepared;
		const { job, reference } = settings;
		const identity =
			job === undefined
				? undefined
				: await readIdentity(this.context, this.parameters, documentKey, prepared);
		return {
			itemIndex,
			settings,
			document,
			...(identity === undefined ? {} : { identity }),
			...(field === undefined ? {} : { field }),
			isOneOfSeveral,
			file,
			upload,
			metadata: this.metadata.read(itemIndex, reference, {
				...(job === undefined ? {} : { job: shortKey(job.key), document: identity }),
				...(isOneOfSeveral ? { file: field } : {}),
			}),
			secrets: Object.keys(secrets).length === 0 ? undefined : secrets,
			confidential: [password, ...textsIn(secrets)].filter((secret) => secret !== ''),
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
	const items = await parameters.readItems(async (itemIndex) => await reader.read(itemIndex));
	const refused = new Set(items.complaints.map(({ itemIndex }) => itemIndex));
	const complaints = [...items.complaints, ...items.inputs.flatMap((item) => item.refused)];
	return {
		inputs: items.inputs.flatMap(({ inputs }) => inputs),
		complaints: complaints.sort((a, b) => a.itemIndex - b.itemIndex),
		doubts: {
			privateUrls: reader.documents.privateUrls.filter(({ itemIndex }) => !refused.has(itemIndex)),
			roundedItems: [...reader.metadata.roundedItems].filter((item) => !refused.has(item)),
		},
		leftOut: reader.documents.leftOut,
	};
}
