import type { Backend } from '../world/backend';
import { ApiError, invalidRequest, notFound } from '../http/errors';
import { fileKind, nameFromUrl, type FileRecord } from '../world/files';
import { newId } from '../world/ids';
import { steering, UNUSABLE_FILE, type RunPlan } from './lifeCycle';
import { holdsNul, isLongerThan } from '../http/json';
import { documentOf, type FileReference, type RunInput } from './runRequests';
import type { BadInputs, PositionStyle } from '../world/settings';
import { positioned } from '../http/validation';
import type { Workspace } from '../world/workspace';

/** Most characters of an input that an error message quotes. */
const QUOTED_LENGTH = 500;

/** Why an input cannot be used, and which part of it. */
interface Problem {
	/** Such as `file.url`. */
	path: string;
	text: string;
}

/** Takes the inputs of runs of every kind, or refuses them. */
export class Intake {
	constructor(private readonly backend: Backend) {}

	/** The files of a run that is created at `at` (milliseconds since 1970), and its future. */
	take(workspace: Workspace, input: RunInput, at: number): { files: FileRecord[]; plan: RunPlan } {
		const { settings, random, lifeCycle } = this.backend;
		const bad = this.problemOf(workspace, input) !== undefined;
		const wish = steering(input.metadata.simulate, settings.outcomeShares, random);
		return {
			files: input.files.map((file) => this.fetch(workspace, file, at)),
			plan: lifeCycle.plan(wish, bad ? UNUSABLE_FILE : undefined, at),
		};
	}

	/** Throws what the first input that stands in the way of all makes Extend answer. */
	refuse(workspace: Workspace, inputs: readonly RunInput[]): void {
		const { badInputs, validationStatus, positions, poison } = this.backend.settings;
		this.refuseUnknownFiles(workspace, inputs);
		if (badInputs !== 'runFails') {
			for (const input of inputs) {
				const bad = this.problemOf(workspace, input);
				if (!bad) continue;
				const message = refusal(badInputs, positions, input, bad);
				throw new ApiError(validationStatus, 'INVALID_REQUEST', message);
			}
		}
		if (poison === 'serverError' && inputs.some(holdsNul)) {
			throw new ApiError(500, 'INTERNAL_ERROR', 'An unexpected error occurred');
		}
	}

	private refuseUnknownFiles(workspace: Workspace, inputs: readonly RunInput[]): void {
		const { unknownFileId } = this.backend.settings;
		if (unknownFileId === 'runFails') return;
		for (const file of inputs.flatMap(({ files }) => files)) {
			if (file.kind !== 'id' || workspace.files.has(file.id)) continue;
			if (unknownFileId === 'refuse404') throw notFound('File', file.id);
			throw invalidRequest(`File not found: ${file.id}`);
		}
	}

	/** Why an input cannot be used, or undefined when it can. */
	private problemOf(workspace: Workspace, { files, metadata }: RunInput): Problem | undefined {
		if (metadata.simulate === 'refused') {
			return { path: 'file', text: 'The file could not be read' };
		}
		if (isLongerThan(this.backend.settings.metadataLimitBytes, metadata)) {
			return { path: 'metadata', text: 'Metadata must not exceed 10KB' };
		}
		for (const file of files) {
			if (file.kind === 'text') continue;
			if (documentOf(file).includes('refuse-me')) {
				return { path: `file.${file.kind}`, text: 'The file could not be downloaded' };
			}
			if (file.kind === 'id' && !workspace.files.has(file.id)) {
				return { path: 'file.id', text: `File not found: ${file.id}` };
			}
		}
		return undefined;
	}

	/** The file of a run. Files given by URL or text are new; an unknown id gives a stand-in. */
	private fetch(workspace: Workspace, reference: FileReference, at: number): FileRecord {
		const createdAt = this.backend.clock.extendTime(at);
		if (reference.kind === 'id') {
			const known = workspace.files.get(reference.id);
			return known ?? { seq: 0, id: reference.id, name: 'unknown', type: null, createdAt };
		}
		const name =
			reference.kind === 'url'
				? (reference.name ?? nameFromUrl(reference.url))
				: (reference.name ?? 'text.txt');
		const file: FileRecord = {
			seq: this.backend.nextSeq(),
			id: newId('file'),
			name,
			type: reference.kind === 'text' ? 'TXT' : fileKind(name),
			createdAt,
			...(reference.kind === 'text' && { text: reference.text }),
		};
		workspace.files.set(file.id, file);
		return file;
	}
}

/** A problem told by quoting what the input holds instead of where it stands. */
function quoting({ files, metadata }: RunInput, { path, text }: Problem): string {
	if (path === 'metadata') return `${text}: ${JSON.stringify(metadata).slice(0, QUOTED_LENGTH)}`;
	const [file] = files;
	const verb = file?.kind === 'text' ? 'read' : 'download';
	return `Could not ${verb} ${files.map(documentOf).join(', ').slice(0, QUOTED_LENGTH)}`;
}

/** What a refusal of the whole batch says about the input that caused it. */
function refusal(
	badInputs: Exclude<BadInputs, 'runFails'>,
	positions: PositionStyle,
	input: RunInput,
	{ path, text }: Problem,
): string {
	switch (badInputs) {
		case 'refuseWithPosition':
			return positioned(input.path === '' ? path : `${input.path}.${path}`, text, positions);
		case 'refuseWithoutPosition':
			return 'One or more inputs could not be processed';
		case 'refuseQuoting':
			return quoting(input, { path, text });
	}
}
