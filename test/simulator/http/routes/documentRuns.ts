import type { Backend } from '../../world/backend';
import {
	PROCESSORS,
	PROCESSOR_VERSIONS,
	type ProcessorKind,
	type ProcessorSummary,
} from '../../world/processors';
import { newId } from '../../world/ids';
import { invalidRequest, notFound } from '../errors';
import type { Call } from '../exchange';
import { cutPage, listAnswer } from '../pages';
import {
	DOCUMENT_RUN_KINDS,
	ID_PREFIX,
	PROCESSOR_OF,
	documentRunAnswer,
	documentRunStatus,
	documentRunSummary,
	type DocumentRunKind,
	type DocumentRunRecord,
} from '../../runs/documentRuns';
import { Intake } from '../../runs/intake';
import { cancellation } from '../../runs/lifeCycle';
import {
	RUN_PRIORITY,
	documentOf,
	fileReference,
	packageFiles,
	priorityOf,
	runInput,
	type FileReference,
} from '../../runs/runRequests';
import { objectAt, optionalObjectAt, optionalStringAt, textAt, Violation } from '../validation';
import { optionOf, pageRequest, SORT_DIRECTIONS, textOf } from './listing';
import type { Registrar } from './registrar';

const SORT_KEYS = ['updatedAt', 'createdAt'] as const;

/** `/extract_runs`, `/classify_runs`, `/split_runs` and `/parse_runs` (Extend SDK, `extractRuns` and its like). */
export function documentRunRoutes(api: Registrar, backend: Backend): void {
	const intake = new Intake(backend);
	for (const kind of DOCUMENT_RUN_KINDS) {
		const path = `/${kind}_runs`;

		api.on('POST', path, (call) => {
			const run = create(backend, intake, kind, call);
			return documentRunAnswer(run, backend.now());
		});

		api.on('GET', path, (call) => list(backend, kind, call));

		api.on('GET', `${path}/:id`, (call) => {
			const now = backend.now();
			return documentRunAnswer(runOf(kind, call, now), now);
		});

		api.on('POST', `${path}/:id/cancel`, (call) => {
			const now = backend.now();
			const run = runOf(kind, call, now);
			const status = documentRunStatus(run, now);
			if (status !== 'PROCESSING') {
				throw invalidRequest(`Cannot cancel a run in the terminal state ${status}`);
			}
			const [first, ...rest] = run.timeline;
			const past = rest.filter(({ at }) => at <= now);
			run.timeline = [first, ...past, ...cancellation(now, backend.settings.cancelMs)];
			return documentRunAnswer(run, now);
		});

		api.on('DELETE', `${path}/:id`, (call) => {
			const run = runOf(kind, call, backend.now());
			run.deleted = true;
			return { id: run.id };
		});
	}
}

function create(
	backend: Backend,
	intake: Intake,
	kind: DocumentRunKind,
	call: Call,
): DocumentRunRecord {
	const { workspace, request } = call;
	const body = objectAt('', request.body);
	const { processor, version } = processorIn(kind, body);
	const input = runInput('', body, filesIn(kind, body));
	const priority = priorityOf(body.priority, RUN_PRIORITY);
	intake.refuse(workspace, [input]);
	const now = backend.now();
	const { files, plan } = intake.take(workspace, input, now);
	const { visibilityDelayMs, readableDelayMs } = backend.settings;
	const visibleAt = now + visibilityDelayMs;
	const run: DocumentRunRecord = {
		seq: backend.nextSeq(),
		id: newId(ID_PREFIX[kind]),
		kind,
		processor,
		version,
		config: kind === 'parse' ? (optionalObjectAt('config', body.config) ?? {}) : {},
		metadata: input.metadata,
		files,
		clock: backend.clock,
		createdAt: now,
		visibleAt,
		readableAt: visibleAt + readableDelayMs,
		...plan,
		deleted: false,
	};
	workspace.documentRuns.push(run);
	const [file] = input.files;
	backend.ledger.runs.push({
		id: run.id,
		batchId: null,
		position: 0,
		workflowId: processor?.id ?? '',
		document: input.files.map(documentOf).join(' '),
		fileName: files[0]?.name ?? '',
		metadata: input.metadata,
		priority,
		secretNames: [],
		hasPassword: file?.kind === 'url' && file.password !== undefined,
	});
	return run;
}

function processorIn(
	kind: DocumentRunKind,
	body: Record<string, unknown>,
): { processor: ProcessorSummary | undefined; version: string } {
	const name: ProcessorKind | undefined = PROCESSOR_OF[kind];
	if (name === undefined) return { processor: undefined, version: '' };
	if (body[name] !== undefined && body.config !== undefined) {
		throw new Violation('', `Provide exactly one of ${name}, config`);
	}
	if (body[name] === undefined) {
		if (body.config === undefined && kind !== 'extract') {
			throw new Violation('', `Provide exactly one of ${name}, config`);
		}
		return { processor: undefined, version: '' };
	}
	const reference = objectAt(name, body[name]);
	const id = textAt(`${name}.id`, reference.id);
	const version = optionalStringAt(`${name}.version`, reference.version) ?? 'latest';
	const processor = PROCESSORS[name].find((summary) => summary.id === id);
	if (processor === undefined) throw notFound(name, id);
	if (version !== 'latest' && !PROCESSOR_VERSIONS.includes(version)) {
		throw notFound(`${name} version`, version);
	}
	return { processor, version: version === 'latest' ? PROCESSOR_VERSIONS.at(-1)! : version };
}

function filesIn(kind: DocumentRunKind, body: Record<string, unknown>): FileReference[] {
	if (kind === 'extract' && body.package !== undefined && body.file === undefined) {
		return packageFiles(body.package);
	}
	const file = fileReference('file', body.file);
	if (file.kind === 'text' && (kind === 'split' || kind === 'parse')) {
		throw new Violation('file', 'Provide exactly one of url, id');
	}
	return [file];
}

function list(backend: Backend, kind: DocumentRunKind, call: Call) {
	const now = backend.now();
	const processor = PROCESSOR_OF[kind];
	const processorId = processor && textOf(call, `${processor}Id`);
	const status = textOf(call, 'status');
	const part = textOf(call, 'fileNameContains')?.toLowerCase();
	const isParse = kind === 'parse';
	const sortBy = isParse ? 'createdAt' : (optionOf(call, 'sortBy', SORT_KEYS) ?? 'updatedAt');
	const sortDir = isParse
		? backend.settings.parseRunOrder === 'newestFirst'
			? 'desc'
			: 'asc'
		: (optionOf(call, 'sortDir', SORT_DIRECTIONS) ?? 'desc');
	// Of parse runs the server reads `limit` (a comment in Extend's CLI).
	const { limit, ...query } = call.query;
	const paged = isParse ? { ...call, query: { ...query, maxPageSize: limit } } : call;
	const page = pageRequest(backend, paged, [sortBy, sortDir, processorId, status, part]);
	const records = call.workspace.documentRuns.filter(
		(run) =>
			run.kind === kind &&
			!run.deleted &&
			run.visibleAt <= page.since &&
			(processorId === undefined || run.processor?.id === processorId) &&
			(status === undefined || documentRunStatus(run, now) === status) &&
			(part === undefined || run.files.some(({ name }) => name.toLowerCase().includes(part))),
	);
	const value = (run: DocumentRunRecord) =>
		sortBy === 'createdAt'
			? run.createdAt
			: (run.timeline.findLast(({ at }) => at <= page.since)?.at ?? run.createdAt);
	return listAnswer(cutPage(records, value, sortDir, page), (run) => documentRunSummary(run, now));
}

function runOf(kind: DocumentRunKind, call: Call, now: number): DocumentRunRecord {
	const id = call.param('id');
	const run = call.workspace.documentRuns.find(
		(candidate) => candidate.id === id && candidate.kind === kind,
	);
	if (run && !run.deleted && run.readableAt <= now) return run;
	throw notFound('Run', id);
}
