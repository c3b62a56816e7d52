import { createHash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';

import { LARGEST_BATCH } from './submit/batches';
import {
	choice,
	cleaned,
	complain,
	complaintOf,
	flag,
	isObject,
	jsonObject,
	line,
	list,
	shorten,
	text,
	wholeNumber,
} from '../extend/checks';
import type { Complaint } from '../extend/checks';
import { documentName } from '../extend/files';
import type { LocalFile } from '../extend/files';
import { readId } from '../extend/ids';
import { ItemParameters } from '../extend/itemParameters';
import {
	METADATA_LIMIT_BYTES,
	REFERENCE_KEY,
	USAGE_TAGS_KEY,
	metadataBytes,
	withReference,
} from '../extend/reference';
import type { SubmissionSettings } from './submit/types';
import type { RunFile } from '../extend/types';

import { shownNameOf } from './properties';

/** Everything that an input shares with the others of its batch. */
export interface BatchSettings extends SubmissionSettings {
	batchSize: number;
	output: 'batch' | 'input';
}

/** One input item, read and checked. */
export interface PreparedInput {
	itemIndex: number;
	/** The same object for all inputs that agree in it. */
	settings: BatchSettings;
	/**
	 * Identity of all that decides what Extend gets as the document: where it is from, its content, name
	 * and password. Equal texts mean equal documents. A password or content is in it as a hash only.
	 */
	document: string;
	/** What Extend gets; of a binary file it is known only after the upload. */
	file: RunFile | undefined;
	upload: LocalFile | undefined;
	metadata: Record<string, unknown> | undefined;
	secrets: Record<string, unknown> | undefined;
	/** Texts that must not appear in any error. */
	confidential: string[];
}

function readWorkflow(value: unknown): string {
	const parameter = 'Workflow';
	const id = readId(isObject(value) ? value.value : value, parameter, 'workflow');
	if (id === '') {
		complain(parameter, 'is empty', 'Choose the Extend workflow that is to run each document.');
	}
	return id;
}

function readMetadataFields(value: unknown): Record<string, unknown> {
	const parameter = 'Metadata';
	const rows = Array.isArray(value) ? value : [];
	const fields = new Map<string, unknown>();
	rows.forEach((row: unknown, index) => {
		const { key, value: content } = isObject(row) ? row : { key: '', value: '' };
		const name = line(key, parameter);
		const here = `in row ${index + 1}`;
		if (name === '') {
			complain(parameter, `has no name ${here}`, 'Enter a name, or remove the row.');
		}
		if (fields.has(name)) {
			complain(
				parameter,
				`has the name “${shorten(name)}” twice`,
				'Give each row a name of its own.',
			);
		}
		fields.set(name, content === undefined ? null : content);
	});
	return Object.fromEntries(fields);
}

function hash(content: string): string {
	return createHash('sha256').update(content).digest('base64url');
}

/** See `PreparedInput.document`. */
function identityOf(parts: string[], password = ''): string {
	return password === '' ? JSON.stringify(parts) : hash(JSON.stringify([...parts, password]));
}

/** Values of the parameters that belong to a batch as a whole. */
interface SettingValues {
	workflow: unknown;
	version: unknown;
	priority: unknown;
	batchSize: unknown;
	output: unknown;
	reference: unknown;
	onUnknownOutcome: unknown;
	settleSeconds: unknown;
	isolateBadInputs: unknown;
}

function isShallowlySame(a: SettingValues, b: SettingValues): boolean {
	return (Object.keys(a) as Array<keyof SettingValues>).every((name) => a[name] === b[name]);
}

function checkedSettings(values: SettingValues): BatchSettings {
	const { priority } = values;
	return {
		workflowId: readWorkflow(values.workflow),
		version: line(values.version, 'Version'),
		...(priority === null || priority === undefined || priority === ''
			? {}
			: { priority: wholeNumber(priority, 'Priority', 1, 100) }),
		batchSize: wholeNumber(values.batchSize, 'Batch Size', 1, LARGEST_BATCH),
		output: choice(values.output, 'Output', ['batch', 'input']),
		reference: flag(values.reference, 'Attach Reference'),
		onUnknownOutcome: choice(values.onUnknownOutcome, 'On Unknown Outcome', ['resubmit', 'fail']),
		settleSeconds: wholeNumber(values.settleSeconds, 'Settle Time (Seconds)', 0, 3600),
		isolateBadInputs: flag(values.isolateBadInputs, 'Isolate Bad Inputs'),
	};
}

/** Reads and checks the items one by one; nothing is sent. */
class InputReader {
	private readonly parameters: ItemParameters;

	private readonly known = new Map<string, BatchSettings>();

	/** What the item before had; mostly the next one has the same. */
	private last: { values: SettingValues; settings: BatchSettings } | undefined;

	/** Most bytes that the reference adds to an item's metadata. */
	private readonly referenceBytes: number;

	constructor(private readonly context: IExecuteFunctions) {
		this.parameters = new ItemParameters(context);
		const reference = {
			submission: '00000000-0000-0000-0000-000000000000',
			item: context.getInputData().length,
			of: LARGEST_BATCH,
			...originOf(context),
		};
		this.referenceBytes = metadataBytes(withReference({}, reference));
	}

	/** Shown name of the parameter that was read last. */
	get lastParameter(): string {
		return shownNameOf(this.parameters.lastPath);
	}

	async read(itemIndex: number): Promise<PreparedInput> {
		const settings = this.settings(itemIndex);
		const source = choice(this.parameters.get('source', itemIndex, 'url'), 'Source', [
			'url',
			'binary',
			'fileId',
			'text',
		]);
		const name = line(this.parameters.get('options.fileName', itemIndex, ''), 'File Name');
		const password = text(
			this.parameters.get('options.filePassword', itemIndex, ''),
			'File Password',
		);
		if (password !== '' && source !== 'url' && source !== 'binary') {
			complain(
				'File Password',
				'does not go with this source',
				'Remove it: Extend takes a password only with a URL or an uploaded file.',
			);
		}
		if (name !== '' && source === 'fileId') {
			complain(
				'File Name',
				'does not go with the source File ID',
				'Remove it: a file that Extend already has keeps its name.',
			);
		}
		const document = await this.document(itemIndex, source, name, password);
		const secrets = jsonObject(this.parameters.get('options.secrets', itemIndex, {}), 'Secrets');
		return {
			itemIndex,
			settings,
			...document,
			metadata: this.metadata(itemIndex, settings.reference),
			secrets: Object.keys(secrets).length === 0 ? undefined : secrets,
			confidential: [password, ...textsIn(secrets)].filter((secret) => secret !== ''),
		};
	}

	/** Items that agree get the same object. */
	private settings(itemIndex: number): BatchSettings {
		const values = {
			workflow: this.parameters.get('workflow', itemIndex, ''),
			version: this.parameters.get('version', itemIndex, ''),
			priority: this.parameters.get('options.priority', itemIndex, null),
			batchSize: this.parameters.get('options.batchSize', itemIndex, LARGEST_BATCH),
			output: this.parameters.get('options.output', itemIndex, 'batch'),
			reference: this.parameters.get('options.reference', itemIndex, true),
			onUnknownOutcome: this.parameters.get('options.onUnknownOutcome', itemIndex, 'resubmit'),
			settleSeconds: this.parameters.get('options.settleSeconds', itemIndex, 60),
			isolateBadInputs: this.parameters.get('options.isolateBadInputs', itemIndex, true),
		};
		const before = this.last;
		if (before !== undefined && isShallowlySame(values, before.values)) return before.settings;
		const settings = checkedSettings(values);
		const key = JSON.stringify(settings);
		const known = this.known.get(key) ?? settings;
		this.known.set(key, known);
		this.last = { values, settings: known };
		return known;
	}

	private async document(
		itemIndex: number,
		source: 'url' | 'binary' | 'fileId' | 'text',
		name: string,
		password: string,
	): Promise<Pick<PreparedInput, 'document' | 'file' | 'upload'>> {
		const named = name === '' ? {} : { name };
		switch (source) {
			case 'url': {
				const url = cleaned(this.required('fileUrl', itemIndex, 'File URL'));
				this.checkUrl(url);
				const settings = password === '' ? {} : { settings: { password } };
				return {
					document: identityOf(['url', url, name], password),
					file: { url, ...named, ...settings },
					upload: undefined,
				};
			}
			case 'fileId': {
				const id = readId(this.required('fileId', itemIndex, 'File ID'), 'File ID', 'file');
				return { document: identityOf(['fileId', id]), file: { id }, upload: undefined };
			}
			case 'text': {
				const content = this.required('text', itemIndex, 'Text');
				return {
					document: identityOf(['text', name, hash(content)]),
					file: { text: content, ...named },
					upload: undefined,
				};
			}
			case 'binary':
				return await this.binary(itemIndex, name, password);
		}
	}

	private required(parameter: string, itemIndex: number, shownName: string): string {
		const value = text(this.parameters.get(parameter, itemIndex, ''), shownName);
		if (cleaned(value) === '') {
			const fields = Object.keys(this.context.getInputData()[itemIndex]?.json ?? {});
			const advice =
				fields.length === 0
					? 'The item has no fields.'
					: `The item has the fields: ${shorten(fields.join(', '))}.`;
			complain(
				shownName,
				'is empty',
				`Let it take its value from a field that every item has. ${advice}`,
			);
		}
		return value;
	}

	private checkUrl(url: string): void {
		const advice =
			'Extend fetches the file from there, so it must be a complete address that begins with https:// or http://. For a file in n8n choose the source Binary File.';
		let parsed: URL;
		try {
			parsed = new URL(url);
		} catch {
			return complain('File URL', `is “${shorten(url)}”, which is not a complete URL`, advice);
		}
		if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
			complain('File URL', `begins with “${shorten(parsed.protocol)}”`, advice);
		}
	}

	private async binary(
		itemIndex: number,
		name: string,
		password: string,
	): Promise<Pick<PreparedInput, 'document' | 'file' | 'upload'>> {
		const parameter = 'Input Binary Field';
		const property = line(this.parameters.get('binaryPropertyName', itemIndex, 'data'), parameter);
		if (property === '') {
			complain(parameter, 'is empty', 'Enter the name of the binary field, such as data.');
		}
		let binary;
		try {
			binary = this.context.helpers.assertBinaryData(itemIndex, property);
		} catch {
			const fields = Object.keys(this.context.getInputData()[itemIndex]?.binary ?? {});
			return complain(
				parameter,
				`is “${shorten(property)}”, but the item has no such file`,
				fields.length === 0
					? 'The item has no files. Let a node before this one read or download them.'
					: `The item has files in: ${shorten(fields.join(', '))}.`,
			);
		}
		let size: number;
		try {
			size = binary.id
				? (await this.context.helpers.getBinaryMetadata(binary.id)).fileSize
				: Buffer.byteLength(binary.data, 'base64');
		} catch {
			return complain(
				parameter,
				`is “${shorten(property)}”, but n8n no longer has that file`,
				'Run the node again that reads or downloads it.',
			);
		}
		if (size === 0) {
			complain(
				parameter,
				`is “${shorten(property)}”, but that file is empty`,
				'Leave out items without content, for example with a Filter node.',
			);
		}
		const fileName = documentName(name || binary.fileName, binary.mimeType, binary.fileExtension);
		return {
			// What lies in n8n's store under an id does not change.
			document: identityOf(
				['binary', binary.id ?? hash(binary.data), String(size), fileName],
				password,
			),
			file: undefined,
			upload: {
				itemIndex,
				property,
				name: fileName,
				mimeType: binary.mimeType,
				size,
				storeId: binary.id,
				password: password || undefined,
			},
		};
	}

	private metadata(itemIndex: number, reference: boolean): Record<string, unknown> | undefined {
		const mode = choice(this.parameters.get('metadataMode', itemIndex, 'none'), 'Metadata Mode', [
			'none',
			'fields',
			'json',
			'allFields',
		]);
		let metadata: Record<string, unknown> = {};
		if (mode === 'fields') {
			metadata = readMetadataFields(this.parameters.get('metadata.values', itemIndex, []));
		} else if (mode === 'json') {
			metadata = {
				...jsonObject(this.parameters.get('metadataJson', itemIndex, {}), 'Metadata (JSON)'),
			};
		} else if (mode === 'allFields') {
			metadata = { ...this.context.getInputData()[itemIndex]?.json };
		}

		const tags = list(this.parameters.get('options.usageTags', itemIndex, ''), 'Usage Tags');
		if (tags.length > 0) {
			const given: unknown = metadata[USAGE_TAGS_KEY];
			metadata[USAGE_TAGS_KEY] = [
				...new Set<unknown>([...(Array.isArray(given) ? (given as unknown[]) : []), ...tags]),
			];
		}
		if (reference && Object.hasOwn(metadata, REFERENCE_KEY)) {
			complain(
				'Metadata',
				`has a key “${REFERENCE_KEY}”, which this node needs for its reference`,
				'Give the key another name, or turn off the option Attach Reference; then a lost answer cannot be looked up.',
			);
		}
		this.checkSize(metadata, reference);
		return Object.keys(metadata).length === 0 ? undefined : metadata;
	}

	private checkSize(metadata: object, reference: boolean): void {
		const bytes = metadataBytes(metadata) + (reference ? this.referenceBytes : 0);
		if (bytes > METADATA_LIMIT_BYTES) {
			complain(
				'Metadata',
				`has ${bytes.toLocaleString('en')} bytes, but Extend takes at most ${METADATA_LIMIT_BYTES.toLocaleString('en')} for each run`,
				'Attach less, for example only the fields that identify the document.',
			);
		}
	}
}

function textsIn(value: unknown): string[] {
	if (typeof value === 'string') return [value];
	if (typeof value === 'number') return [String(value)];
	if (Array.isArray(value)) return value.flatMap(textsIn);
	return isObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** n8n's workflow and execution, for the reference. */
export function originOf(context: IExecuteFunctions): { workflow: string; execution: string } {
	return {
		workflow: context.getWorkflow().id ?? '',
		execution: context.getExecutionId(),
	};
}

/**
 * Reads and checks every input item before anything is sent.
 * @returns the inputs that can be submitted, and a complaint for each of the others
 */
export async function readInputs(
	context: IExecuteFunctions,
): Promise<{ inputs: PreparedInput[]; complaints: Complaint[] }> {
	const reader = new InputReader(context);
	const inputs: PreparedInput[] = [];
	const complaints: Complaint[] = [];
	const count = context.getInputData().length;
	for (let itemIndex = 0; itemIndex < count; itemIndex++) {
		try {
			inputs.push(await reader.read(itemIndex));
		} catch (error) {
			complaints.push(complaintOf(error, itemIndex, reader.lastParameter));
		}
	}
	return { inputs, complaints };
}
