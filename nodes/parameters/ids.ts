/**
 * Ids of Extend's objects, as people and expressions give them. What begins them is known from Extend's
 * CLI and SDK; since Extend may change it, an unknown beginning is taken, and only one that certainly
 * belongs to something else is refused.
 */
import { cleaned, complain, list, shorten, text } from './checks';

/** What an id is wanted of; `batch` is a batch of workflow runs, `run` a single run of a workflow. */
export type IdKind =
	'workflow' | 'batch' | 'anyBatch' | 'run' | 'file' | 'extractor' | 'classifier' | 'splitter';

/** Ids of workflows; those of runs and versions begin alike. `wf_` is seen in Extend's examples. */
const WORKFLOW_ID = '(?:workflow_(?!run_|version_|step_run_)|wf_)[A-Za-z0-9_-]+';

/** Finds a workflow's id in the address of its page in the dashboard. As text too, for n8n's `extractValue`. */
export const WORKFLOW_URL_PATTERN = `(?:.*?/)(${WORKFLOW_ID}).*`;

const WORKFLOW_IN_ADDRESS = new RegExp(`(?<![A-Za-z0-9_-])${WORKFLOW_ID}`);

/** The id in the address of a workflow's page, or `undefined` if it holds none. */
export function workflowIdOf(address: string): string | undefined {
	return WORKFLOW_IN_ADDRESS.exec(address)?.[0];
}

const KINDS: ReadonlyArray<{ prefix: RegExp; what: string; kind?: IdKind }> = [
	{ prefix: /^batch_/, what: 'a batch of workflow runs', kind: 'batch' },
	{ prefix: /^file_/, what: 'a file', kind: 'file' },
	{ prefix: /^workflow_run_/, what: 'a single run', kind: 'run' },
	{ prefix: /^workflow_step_run_/, what: 'a step of a run' },
	{ prefix: /^workflow_version_/, what: 'a version of a workflow' },
	{ prefix: /^(workflow|wf)_/, what: 'a workflow', kind: 'workflow' },
	{
		prefix: /^bpr_/,
		what: 'a batch of single extractions, classifications or splits',
		kind: 'anyBatch',
	},
	{ prefix: /^bpar_/, what: 'a batch of parse runs', kind: 'anyBatch' },
	{ prefix: /^(exr|clr|splr|pr|edr|sgr|evr)_/, what: 'a single run of a processor' },
	{ prefix: /^(exv|clv|splv)_/, what: 'a version of a processor' },
	{ prefix: /^ex_/, what: 'an extractor', kind: 'extractor' },
	{ prefix: /^cls?_/, what: 'a classifier', kind: 'classifier' },
	{ prefix: /^spl?_/, what: 'a splitter', kind: 'splitter' },
	{ prefix: /^evi?_/, what: 'an evaluation' },
	{ prefix: /^edt_/, what: 'a template' },
	{ prefix: /^wh(es)?_/, what: 'a webhook' },
	{ prefix: /^ws_/, what: 'a workspace' },
	{ prefix: /^step_/, what: 'a step of a workflow' },
	{ prefix: /^req_/, what: 'a call' },
];

/** Begins API tokens and signing secrets, which no error may quote, wherever they stand. */
const SECRET = /(?<![A-Za-z0-9_-])(sk|xt|wss)_[A-Za-z0-9]/;

/** Words and marks: every ID has a digit or a low line in it. */
const WORD = /^[^\d_]*$/;

const ADVICE: Readonly<Record<IdKind, string>> = {
	workflow:
		'Open the workflow in the Extend dashboard, and copy the URL of its page. It contains an ID that begins with workflow_. The URL of a run does not work.',
	batch:
		'Enter the ID of a batch of workflow runs. It begins with batch_ and comes from Extend Batch Run Workflow.',
	anyBatch: 'Enter the ID of a batch. It begins with batch_, bpr_ or bpar_.',
	run: 'Enter the ID of a workflow run. It begins with workflow_run_.',
	extractor: 'Choose an extractor from the list, or enter its ID, which begins with ex_.',
	classifier: 'Choose a classifier from the list, or enter its ID, which begins with cl_.',
	splitter: 'Choose a splitter from the list, or enter its ID, which begins with spl_.',
	file: 'Enter the ID that Extend gave the file when it was uploaded. It begins with file_. For a document at a URL, set Source to URL.',
};

/** What an id certainly is of instead of the kind; `undefined` if it may be of that. */
function otherThan(kind: IdKind, id: string): string | undefined {
	const found = KINDS.find(({ prefix }) => prefix.test(id));
	if (found === undefined || found.kind === kind) return undefined;
	return kind === 'anyBatch' && found.kind === 'batch' ? undefined : found.what;
}

/** The ids of a kind in an address of Extend; in the address of a document something else may look like one. */
function idsIn(address: string, kind: IdKind): string[] {
	if (kind === 'workflow') return [workflowIdOf(address)].filter((id) => id !== undefined);
	if (!/^(https?:\/\/)?([\w-]+\.)*extend\.(ai|app)(:\d+)?\//i.test(address)) return [];
	const ids =
		address.match(
			/(?<![A-Za-z0-9_-])(batch|bpr|bpar|file|workflow_run|ex|cls?|spl?)_[A-Za-z0-9_-]+/g,
		) ?? [];
	return [...new Set(ids)].filter((id) => otherThan(kind, id) === undefined);
}

/** Says what cannot be in an id, if something in it cannot; of one whose beginning is not known, less is certain. */
function strangeIn(id: string): string | undefined {
	const isKnown = KINDS.some(({ prefix }) => prefix.test(id));
	const strange = (isKnown ? /[^\w-]/ : /[^\w.:~-]/).exec(id)?.[0];
	if (strange === undefined) return undefined;
	if (/[\p{L}\p{N}\p{P}\p{S}]/u.test(strange)) return `the character ${strange} in it`;
	const code = strange.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
	return `an invisible character in it (U+${code})`;
}

/** Refuses what has something in it that is in no id. */
function checkCharacters(id: string, parameter: string, advice: string): void {
	const parts = id.split(/[\s,;]+/).filter((part) => part !== '');
	if (parts.length > 1 && parts.every((part) => part.includes('_'))) {
		complain(
			parameter,
			'contains several IDs',
			'Enter one ID. For several, use one item for each.',
		);
	}
	if (/\s/.test(id)) {
		complain(parameter, `is “${shorten(id)}”, which has a space in it`, `Enter one ID. ${advice}`);
	}
	const strange = strangeIn(id);
	if (strange !== undefined) {
		complain(parameter, `is “${shorten(id)}”, which has ${strange}, so it is not an ID`, advice);
	}
}

function checkKind(id: string, parameter: string, kind: IdKind): void {
	const advice = ADVICE[kind];
	if (WORD.test(id) || /^[a-z]+_$/i.test(id)) {
		complain(parameter, `is “${id}”, which is not an ID`, advice);
	}
	const other = otherThan(kind, id);
	if (other !== undefined) {
		complain(parameter, `is “${shorten(id)}”, the ID of ${other}`, advice);
	}
}

/**
 * One id of Extend. It is also read out of quotes, and out of the address of its page in Extend's dashboard.
 * @returns an empty text if there is none
 * @throws ComplaintError if it is something else, such as several ids, JSON or the id of another thing
 */
export function readId(value: unknown, parameter: string, kind: IdKind): string {
	const given = cleaned(cleaned(text(value, parameter)).replace(/^(["'`])([^"'`]*)\1$/, '$2'));
	if (given === '') return '';
	if (SECRET.test(given)) {
		complain(parameter, 'contains a secret instead of an ID', ADVICE[kind]);
	}
	if (/^[[{]/.test(given)) {
		complain(
			parameter,
			'is JSON, not an ID',
			'Make the expression return only the ID, such as one of its fields.',
		);
	}
	if (/^[a-z][a-z\d+.-]*:\/\/\S+$|^[^\s/]+\.[^\s/]+\/\S*$/i.test(given)) {
		const [id, ...others] = idsIn(given, kind);
		if (id !== undefined && others.length === 0) return id;
		complain(
			parameter,
			`is a URL ${id === undefined ? `without ${kind === 'extractor' ? 'an' : 'a'}` : 'with more than one'} ${kind === 'anyBatch' ? 'batch' : kind} ID`,
			ADVICE[kind],
		);
	}
	if (!/^[\w-]+$/.test(given)) checkCharacters(given, parameter, ADVICE[kind]);
	checkKind(given, parameter, kind);
	return given;
}

/** Ids of Extend, each once and in order; given as `list` reads lists, or with spaces in between. */
export function readIds(value: unknown, parameter: string, kind: IdKind): string[] {
	const given = list(value, parameter).flatMap((entry) => entry.split(/\s+/));
	return [...new Set(given.map((entry) => readId(entry, parameter, kind)))].filter(
		(id) => id !== '',
	);
}
