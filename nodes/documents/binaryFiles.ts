import type { IExecuteFunctions } from 'n8n-workflow';

import { complaintOf, shorten } from '../parameters/checks';
import type { Complaint } from '../parameters/checks';
import { findFile, findFiles } from './binaryField';
import type { FoundFile } from './binaryField';
import { isOfTypes, isSmaller, writeSize, writeType } from './fileFilter';
import { documentName } from './fileNames';
import type { DocumentParameters } from './properties';

/** A file of an item, with its size in bytes. */
export interface SizedFile extends FoundFile {
	size: number;
}

/** What is wrong with one of several files of an item. */
export interface FileComplaint extends Complaint {
	/** The name of its field. */
	field: string;
}

/** The files of an item that are to be submitted. */
export interface ItemFiles {
	kept: SizedFile[];
	/** What is wrong with the others, without those that are left out. */
	complaints: FileComplaint[];
	/** Number of files that were left out because of their type or size. */
	leftOut: number;
	/** Whether the parameter may name several. */
	areSeveral: boolean;
}

/** Files that a complaint names of those that were left out. */
const MOST_NAMED = 3;

/** What leaves files out; see `fileFilter.ts`. */
interface Filter {
	types: readonly string[];
	/** In KB. */
	smallest: number;
}

/** Finds the binary files of items, and leaves out those that are not wanted. */
export class BinaryFiles {
	/** Number of files that were left out. */
	leftOut = 0;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly parameters: DocumentParameters,
		/** The parameter that names the fields of the files. */
		private readonly path: string,
	) {}

	/** @throws ComplaintError */
	async one(itemIndex: number): Promise<SizedFile> {
		const found = findFile(this.context, this.parameters, itemIndex, this.path);
		return this.notEmpty({ ...found, size: await this.sizeOf(found) });
	}

	/**
	 * All files that the parameter names, without those that the options leave out.
	 * @throws ComplaintError if the item has none to submit, or its only one is not right
	 */
	async all(itemIndex: number): Promise<ItemFiles> {
		const { context, parameters: read, path } = this;
		const filter: Filter = {
			types: read.list('options.fileTypes', itemIndex),
			smallest: read.wholeNumberIfGiven('options.skipFilesSmallerThan', itemIndex) ?? 0,
		};
		const several = findFiles(context, read, itemIndex, path);
		const kept: SizedFile[] = [];
		const leftOut: string[] = [];
		const complaints = (several?.missing ?? []).map(({ field, complaint }) =>
			this.about(itemIndex, field, complaint),
		);
		for (const one of several?.files ?? [findFile(context, read, itemIndex, path)]) {
			const looked = this.look(one, filter);
			const found = await (several === undefined
				? looked
				: looked.catch((error: unknown) => this.about(itemIndex, one.property, error)));
			if ('problem' in found) complaints.push(found);
			else if ('leftOut' in found) leftOut.push(found.leftOut);
			else kept.push(found);
		}
		if (kept.length === 0 && complaints.length === 0) this.complainOf(leftOut);
		this.leftOut += leftOut.length;
		return { kept, complaints, leftOut: leftOut.length, areSeveral: several !== undefined };
	}

	/** A file that is wanted, or the words for one that is left out. @throws ComplaintError */
	private async look(one: FoundFile, filter: Filter): Promise<SizedFile | { leftOut: string }> {
		const { mimeType, fileName, fileExtension } = one.file;
		const name = documentName(fileName, mimeType, fileExtension);
		const leftOut = (why: string) => ({ leftOut: `${shorten(name)} (${why})` });
		if (!isOfTypes({ name, mimeType }, filter.types)) return leftOut(writeType(mimeType));
		const file = { ...one, size: await this.sizeOf(one) };
		return isSmaller(file, filter.smallest) ? leftOut(writeSize(file)) : this.notEmpty(file);
	}

	private about(itemIndex: number, field: string, thrown: unknown): FileComplaint {
		return { ...complaintOf(thrown, itemIndex, this.parameters.nameOf(this.path)), field };
	}

	private complainOf(leftOut: readonly string[]): never {
		const read = this.parameters;
		const types = read.nameOf('options.fileTypes');
		const size = read.nameOf('options.skipFilesSmallerThan');
		const named = leftOut.slice(0, MOST_NAMED).join(', ');
		const more = leftOut.length > MOST_NAMED ? ` and ${leftOut.length - MOST_NAMED} more` : '';
		return read.complain(
			this.path,
			'matches no file to submit',
			`The options ${types} and ${size} skip ${named}${more}. Change them, or remove such items, for example with a Filter node.`,
		);
	}

	/** @throws ComplaintError if n8n no longer has the file */
	private async sizeOf({ property, file }: FoundFile): Promise<number> {
		try {
			return file.id
				? (await this.context.helpers.getBinaryMetadata(file.id)).fileSize
				: Buffer.byteLength(file.data, 'base64');
		} catch {
			return this.parameters.complain(
				this.path,
				`is “${shown(property, file)}”, but n8n no longer has that file`,
				'Run the node that reads or downloads it again.',
			);
		}
	}

	private notEmpty(found: SizedFile): SizedFile {
		if (found.size > 0) return found;
		return this.parameters.complain(
			this.path,
			`is “${shown(found.property, found.file)}”, but that file is empty`,
			'Remove items without content, for example with a Filter node.',
		);
	}
}

function shown(property: string, { fileName }: FoundFile['file']): string {
	return shorten(property || fileName || 'a file');
}
