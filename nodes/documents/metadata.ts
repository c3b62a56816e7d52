import type { IExecuteFunctions } from 'n8n-workflow';

import { LARGEST_BATCH } from '../extend/api/runs';
import { isObject, line, list, shorten } from '../parameters/checks';
import { jsonBytes, mostJsonBytes, toJsonObject } from '../parameters/jsonValues';
import { REFERENCE_KEY, withReference } from '../extend/runs/reference';
import type { Reference } from '../extend/runs/reference';
import { isFile } from './binaryField';
import type { MetadataParameters } from './properties';

/** Extend's key for tags in the usage reports (`RunMetadata` of the official SDK). */
export const USAGE_TAGS_KEY = 'extend:usage_tags';

/** Most bytes of metadata for each run, as JSON in UTF-8 (`RunMetadata` of the official SDK: 10 KB). */
export const METADATA_LIMIT_BYTES = 10 * 1024;

/** n8n's workflow and execution, for the reference. */
export function originOf(context: IExecuteFunctions): { workflow: string; execution: string } {
	return {
		workflow: context.getWorkflow().id ?? '',
		execution: context.getExecutionId(),
	};
}

/** How the content of PDF, image and Office files begins in base64. */
const FILE_CONTENT =
	/^(?:JVBERi0|iVBORw0KGg|\/9j\/|R0lGOD|SUkqA|TU0AK|UklGR|OEJQUw|AAAA..Z0eXB|UEsDB|0M8R4KGxGu|e1xydG)[A-Za-z0-9+/\r\n]+={0,2}\s*$/;

/** A text that begins like a file by chance is shorter. */
const SHORTEST_FILE_CONTENT = 200;

/** Whether a text is the content of a file. */
function isFileContent(value: unknown): boolean {
	if (typeof value !== 'string' || value.length < SHORTEST_FILE_CONTENT) return false;
	return /^data:[^,]{0,200};base64,/.test(value) || FILE_CONTENT.test(value);
}

function readFields(read: MetadataParameters, itemIndex: number): Record<string, unknown> {
	const value = read.value('metadata.values', itemIndex);
	const rows: unknown[] = Array.isArray(value) ? value : [];
	const fields: Record<string, unknown> = {};
	const parameter = read.nameOf('metadata');
	for (const [index, row] of rows.entries()) {
		const { key, value: content } = isObject(row) ? row : { key: '', value: '' };
		const name = line(key, parameter);
		if (name === '') {
			read.complain(
				'metadata',
				`has no name in row ${index + 1}`,
				'Enter a name or remove the row.',
			);
		}
		if (Object.hasOwn(fields, name)) {
			read.complain(
				'metadata',
				`has the name “${shorten(name)}” twice`,
				'Give each row its own name.',
			);
		}
		setOwn(fields, name, content ?? null);
	}
	return fields;
}

/** Sets a field whatever its name: setting `__proto__` would give the object another prototype. */
function setOwn(fields: Record<string, unknown>, name: string, value: unknown): void {
	if (name !== '__proto__') fields[name] = value;
	else
		Object.defineProperty(fields, name, {
			value,
			enumerable: true,
			configurable: true,
			writable: true,
		});
}

/** How many bytes more the id of a request may have when it is made from a job. */
const LONGER_SUBMISSION_BYTES = 16;

/** Reads and checks the metadata of items. */
export class MetadataReader {
	/** Most bytes that the reference adds to an item's metadata. */
	private readonly referenceBytes: number;

	private readonly modeOf: (itemIndex: number) => 'none' | 'fields' | 'json' | 'allFields';

	private readonly tagsOf: (itemIndex: number) => readonly string[];

	/** Items with numbers that lost digits before they came here. */
	readonly roundedItems = new Set<number>();

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly parameters: MetadataParameters,
	) {
		const reference = {
			submission: '00000000-0000-0000-0000-000000000000',
			item: context.getInputData().length,
			of: LARGEST_BATCH,
			...originOf(context),
		};
		this.referenceBytes = jsonBytes(withReference({}, reference));
		this.modeOf = parameters.shared((index) => parameters.choice('metadataMode', index));
		this.tagsOf = parameters.shared((index) => parameters.list('options.usageTags', index));
	}

	/**
	 * @param reference whether the reference is to be added
	 * @param more what it says beyond that: under a Job Key, and of several files of an item
	 * @returns `undefined` if there is nothing to attach
	 * @throws ComplaintError
	 */
	read(
		itemIndex: number,
		reference: boolean,
		more?: Pick<Reference, 'job' | 'document' | 'file'>,
	): Record<string, unknown> | undefined {
		let metadata = this.chosen(itemIndex);
		const tags = this.tagsOf(itemIndex);
		if (tags.length > 0 || Object.hasOwn(metadata, USAGE_TAGS_KEY)) {
			const parameter = this.parameters.nameOf('metadataMode');
			const own = list(metadata[USAGE_TAGS_KEY], `${parameter} under “${USAGE_TAGS_KEY}”`);
			metadata = { ...metadata, [USAGE_TAGS_KEY]: [...new Set([...own, ...tags])] };
		}
		if (reference && Object.hasOwn(metadata, REFERENCE_KEY)) {
			this.parameters.complain(
				'metadataMode',
				`has a key “${REFERENCE_KEY}”, which this node needs for its tracking reference`,
				`Rename the key, or turn off the option ${this.parameters.nameOf('options.reference')}. Without it, lost answers cannot be looked up.`,
			);
		}
		this.checkSize(metadata, reference, more);
		return Object.keys(metadata).length === 0 ? undefined : metadata;
	}

	private chosen(itemIndex: number): Record<string, unknown> {
		const read = this.parameters;
		const onRounded = () => this.roundedItems.add(itemIndex);
		switch (this.modeOf(itemIndex)) {
			case 'none':
				return {};
			case 'fields': {
				const parameter = read.nameOf('metadata');
				return toJsonObject(readFields(read, itemIndex), { parameter, onRounded });
			}
			case 'json':
				return read.json('metadataJson', itemIndex);
			case 'allFields':
				return toJsonObject(this.context.getInputData()[itemIndex]?.json ?? {}, {
					parameter: read.nameOf('metadataMode'),
					onRounded,
					allowsNaN: true,
					isLeftOut: (value) => isFile(value) || isFileContent(value),
				});
		}
	}

	private checkSize(
		metadata: Record<string, unknown>,
		reference: boolean,
		more: Partial<Reference> | undefined,
	): void {
		const ofReference =
			(reference ? this.referenceBytes + (more === undefined ? 0 : jsonBytes(more)) : 0) +
			(more?.job === undefined ? 0 : LONGER_SUBMISSION_BYTES);
		if (mostJsonBytes(metadata) + ofReference <= METADATA_LIMIT_BYTES) return;
		const bytes = jsonBytes(metadata) + ofReference;
		if (bytes > METADATA_LIMIT_BYTES) {
			this.parameters.complain(
				'metadataMode',
				`has ${bytes.toLocaleString('en')} bytes, but Extend takes at most ${METADATA_LIMIT_BYTES.toLocaleString('en')} for each run`,
				'Attach less, such as only the fields that identify the document.',
			);
		}
	}
}
