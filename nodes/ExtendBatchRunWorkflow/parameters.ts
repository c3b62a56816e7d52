import type { IExecuteFunctions } from 'n8n-workflow';

import { isObject } from '../parameters/checks';
import type { Complaint } from '../parameters/checks';
import { ParameterReader } from '../parameters/reader';
import { DocumentReader } from '../documents/documents';
import type { PreparedDocument } from '../documents/documents';
import type { Doubts } from '../documents/doubts';
import { MetadataReader } from '../documents/metadata';
import { properties } from './properties';
import { SettingsReader } from './settings';
import type { BatchSettings } from './settings';
import { shortKey } from './jobKey/identity';
import { readIdentity } from './jobKey/readIdentity';

export { originOf } from '../documents/metadata';
export type { BatchSettings } from './settings';

/** One input item, read and checked. */
export interface PreparedInput extends Omit<PreparedDocument, 'password'> {
	itemIndex: number;
	/** Identity of all that Extend gets as the document; under a Job Key, `document` is what the key says. */
	content: string;
	/** What identifies the document within its job, under a Job Key. */
	identity?: string;
	/** The same object for all inputs that agree in it. */
	settings: BatchSettings;
	metadata: Record<string, unknown> | undefined;
	secrets: Record<string, unknown> | undefined;
	/** Texts that must not appear in any error. */
	confidential: string[];
}

function textsIn(value: unknown): string[] {
	if (typeof value === 'string') return [value];
	if (typeof value === 'number') return [String(value)];
	if (Array.isArray(value)) return value.flatMap(textsIn);
	return isObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

/**
 * Reads and checks every input item before anything is sent.
 * @returns the inputs that can be submitted, a complaint for each of the others, and what is doubtful
 */
export async function readInputs(
	context: IExecuteFunctions,
): Promise<{ inputs: PreparedInput[]; complaints: Complaint[]; doubts: Doubts }> {
	const parameters = ParameterReader.ofItems(properties, context);
	const settingsReader = new SettingsReader(parameters);
	const documentReader = new DocumentReader(context, parameters);
	const metadataReader = new MetadataReader(context, parameters);
	const { inputs, complaints } = await parameters.readItems(
		async (itemIndex): Promise<PreparedInput> => {
			const settings = settingsReader.read(itemIndex);
			const prepared = await documentReader.read(itemIndex);
			const { document: content, file, upload, password } = prepared;
			const { job } = settings;
			const key = parameters.line('options.documentKey', itemIndex);
			const identity =
				job === undefined ? undefined : await readIdentity(context, parameters, key, prepared);
			const secrets = parameters.json('options.secrets', itemIndex);
			return {
				itemIndex,
				settings,
				document: job === undefined ? content : JSON.stringify(['job', job.key, identity]),
				content,
				...(identity === undefined ? {} : { identity }),
				file,
				upload,
				metadata: metadataReader.read(
					itemIndex,
					settings.reference,
					job && { job: shortKey(job.key), document: identity },
				),
				secrets: Object.keys(secrets).length === 0 ? undefined : secrets,
				confidential: [password, ...textsIn(secrets)].filter((secret) => secret !== ''),
			};
		},
	);
	const refused = new Set(complaints.map(({ itemIndex }) => itemIndex));
	return {
		inputs,
		complaints,
		doubts: {
			privateUrls: documentReader.privateUrls.filter(({ itemIndex }) => !refused.has(itemIndex)),
			roundedItems: [...metadataReader.roundedItems].filter((item) => !refused.has(item)),
		},
	};
}
