import type { JsonObject } from '../http/json';
import {
	arrayAt,
	objectAt,
	optionalIntegerAt,
	optionalObjectAt,
	optionalStringAt,
	textAt,
	urlAt,
	Violation,
} from '../http/validation';

/** A document of a run, in one of the three forms that the API takes. */
export type FileReference =
	| { kind: 'url'; url: string; name?: string; password?: string }
	| { kind: 'id'; id: string }
	| { kind: 'text'; text: string; name?: string };

/** One input: what becomes one run. */
export interface RunInput {
	/** Where it stands in the body, such as `inputs[17]`; empty for a single run. */
	path: string;
	/** One file, or the files of a package. */
	files: FileReference[];
	metadata: JsonObject;
	secrets?: JsonObject;
}

/** The workflow and version that a caller names. */
export interface WorkflowReference {
	id: string;
	version?: string;
}

/** The body of a batch (Extend SDK, `WorkflowRunsCreateBatchRequest`). */
export interface BatchRequest {
	workflow: WorkflowReference;
	inputs: RunInput[];
	priority: number;
}

/** The body of a single run (Extend SDK, `WorkflowRunsCreateRequest`). */
export interface RunRequest {
	workflow: WorkflowReference;
	input: RunInput;
	priority: number;
}

/** Default priority of a batch (Extend docs, "Batch Run Workflow"). */
export const BATCH_PRIORITY = 90;

/** Default priority of a single run (Extend docs, "Run Workflow"). */
export const RUN_PRIORITY = 50;
const MAX_INPUTS = 1000;
const PACKAGE_FILES = { least: 2, most: 50 };

/** Reads the body of a batch. Unknown keys are dropped, as the API does. Throws a `Violation`. */
export function batchRequest(value: unknown): BatchRequest {
	const body = objectAt('', value);
	const workflow = workflowReference(body.workflow);
	const priority = priorityOf(body.priority, BATCH_PRIORITY);
	const inputs = arrayAt('inputs', body.inputs, 1, MAX_INPUTS).map((entry, index) => {
		const path = `inputs[${index}]`;
		const input = objectAt(path, entry);
		return runInput(path, input, [fileReference(`${path}.file`, input.file)]);
	});
	return { workflow, inputs, priority };
}

/** Reads the body of a single run. Throws a `Violation`. */
export function runRequest(value: unknown): RunRequest {
	const body = objectAt('', value);
	const workflow = workflowReference(body.workflow);
	if ((body.file === undefined) === (body.package === undefined)) {
		throw new Violation('', 'Provide exactly one of file, package');
	}
	const files =
		body.file === undefined ? packageFiles(body.package) : [fileReference('file', body.file)];
	if (body.outputs !== undefined) arrayAt('outputs', body.outputs, 0, Infinity);
	return {
		workflow,
		input: runInput('', body, files),
		priority: priorityOf(body.priority, RUN_PRIORITY),
	};
}

function workflowReference(value: unknown): WorkflowReference {
	const reference = objectAt('workflow', value);
	return {
		id: textAt('workflow.id', reference.id),
		version: optionalStringAt('workflow.version', reference.version),
	};
}

/** Reads what an input has besides its files. `path` is where it stands in the body. */
export function runInput(
	path: string,
	input: Record<string, unknown>,
	files: FileReference[],
): RunInput {
	const prefix = path === '' ? '' : `${path}.`;
	const secrets = optionalObjectAt(`${prefix}secrets`, input.secrets);
	const metadata = optionalObjectAt(`${prefix}metadata`, input.metadata) ?? {};
	return { path, files, metadata, ...(secrets && { secrets }) };
}

/** Reads a priority. */
export function priorityOf(value: unknown, fallback: number): number {
	return optionalIntegerAt('priority', value, 1, 100) ?? fallback;
}

/** Reads the files of a package. */
export function packageFiles(value: unknown): FileReference[] {
	const { least, most } = PACKAGE_FILES;
	const files = arrayAt('package.files', objectAt('package', value).files, least, most).map(
		(entry, index) => fileReference(`package.files[${index}]`, entry),
	);
	const keys = files.map((file) => (file.kind === 'text' ? '' : documentOf(file)));
	if (keys.includes('')) throw new Violation('package.files', 'Text is not allowed in a package');
	if (new Set(keys).size < keys.length) {
		throw new Violation('package.files', 'The same file is given twice');
	}
	return files;
}

/** The URL, id or text itself. */
export function documentOf(file: FileReference): string {
	return file.kind === 'url' ? file.url : file.kind === 'id' ? file.id : file.text;
}

/** Reads a document in one of its three forms. */
export function fileReference(path: string, value: unknown): FileReference {
	const file = objectAt(path, value);
	const given = ['url', 'id', 'text'].filter((key) => file[key] !== undefined);
	if (given.length !== 1) throw new Violation(path, 'Provide exactly one of url, id, text');
	if (given[0] === 'id') return { kind: 'id', id: textAt(`${path}.id`, file.id) };
	const name = optionalStringAt(`${path}.name`, file.name);
	if (given[0] === 'text') return { kind: 'text', text: textAt(`${path}.text`, file.text), name };
	const settings = optionalObjectAt(`${path}.settings`, file.settings);
	const password = optionalStringAt(`${path}.settings.password`, settings?.password);
	return { kind: 'url', url: urlAt(`${path}.url`, file.url), name, password };
}
