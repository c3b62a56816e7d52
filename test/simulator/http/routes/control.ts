import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Backend } from '../../world/backend';
import { emit } from '../../webhooks/emission';
import type { Fault } from '../faults';
import { REVIEW_DECISIONS, reviewRun } from '../../runs/humanReview';
import { isObject } from '../json';
import { runAnswer } from '../../runs/runAnswers';
import { changeSettings } from '../../world/settings';
import { summarize } from '../../world/summary';
import {
	arrayAt,
	objectAt,
	oneOfAt,
	optionalIntegerAt,
	optionalStringAt,
	textAt,
	Violation,
} from '../validation';

const PREFIX = '/_simulator';
const DEFAULT_PAGE = 1000;
const MAX_WORKFLOWS = 5000;

/** Lists of the ledger that can be read. */
const LISTS = ['requests', 'batches', 'runs', 'uploads', 'deliveries'] as const;

/**
 * Routes for steering the simulator from another process. They need no token, are not rate limited
 * and do not enter the ledger.
 */
export function controlRoutes(app: FastifyInstance, backend: Backend): void {
	app.get(`${PREFIX}/state`, async () => summarize(backend));
	app.get(`${PREFIX}/summary`, async () => summarize(backend));

	for (const name of LISTS) {
		app.get(`${PREFIX}/${name}`, async (request, reply) =>
			answerList(request, reply, backend.ledger[name]),
		);
	}

	app.post(`${PREFIX}/account`, async ({ body }) => {
		const documents = arrayAt('documents', objectAt('', body).documents, 0, Infinity);
		return backend.ledger.account(
			documents.map((document, index) => textAt(`documents[${index}]`, document)),
		);
	});

	app.route({
		method: ['POST', 'PATCH'],
		url: `${PREFIX}/settings`,
		handler: async ({ body }) => {
			changeSettings(backend.settings, objectAt('', body));
			return backend.settings;
		},
	});

	app.get(`${PREFIX}/faults`, async () => backend.faults.list());
	app.post(`${PREFIX}/faults`, async ({ body }) => {
		const faults = Array.isArray(body) ? body : [body];
		return faults.map((fault: unknown) => {
			const { id } = backend.faults.add(objectAt('fault', fault) as unknown as Fault);
			return { id };
		});
	});
	app.delete(`${PREFIX}/faults`, async () => {
		backend.faults.clear();
		return backend.faults.list();
	});
	app.delete<{ Params: { id: string } }>(`${PREFIX}/faults/:id`, async ({ params }) => {
		backend.faults.clear(params.id);
		return backend.faults.list();
	});

	app.post<{ Params: { id: string } }>(`${PREFIX}/runs/:id/review`, async ({ params, body }) => {
		const decision = oneOfAt('decision', objectAt('', body).decision, REVIEW_DECISIONS);
		return runAnswer(reviewRun(backend, params.id, decision), backend.now());
	});

	app.post(`${PREFIX}/events`, async ({ body }) => {
		const event = objectAt('', body);
		const eventType = textAt('eventType', event.eventType);
		const resourceId = optionalStringAt('resourceId', event.resourceId);
		return { eventId: emit(backend, { eventType, resourceId, payload: event.payload }) };
	});

	app.post(`${PREFIX}/reset`, async () => {
		backend.reset();
		return summarize(backend);
	});

	app.post(`${PREFIX}/workflows`, async ({ body }) => {
		const wanted = isObject(body) ? body.count : undefined;
		const count = optionalIntegerAt('count', wanted, 1, MAX_WORKFLOWS) ?? 1;
		return backend.addWorkflows(count).map(({ id, name }) => ({ id, name }));
	});
	app.delete<{ Params: { id: string } }>(`${PREFIX}/workflows/:id`, async ({ params }) => {
		backend.removeWorkflow(params.id);
		return { id: params.id };
	});
}

/** Answers `{ total, offset, data }`, or one JSON line for each record when asked for NDJSON. */
function answerList(request: FastifyRequest, reply: FastifyReply, records: readonly unknown[]) {
	const query = request.query as Record<string, unknown>;
	if (query.format === 'ndjson' || request.headers.accept === 'application/x-ndjson') {
		const lines = records.map((record) => `${JSON.stringify(record)}\n`);
		return reply.type('application/x-ndjson').send(lines.join(''));
	}
	const offset = wholeNumber('offset', query.offset, 0);
	const limit = wholeNumber('limit', query.limit, DEFAULT_PAGE);
	return { total: records.length, offset, data: records.slice(offset, offset + limit) };
}

function wholeNumber(name: string, value: unknown, fallback: number): number {
	if (value === undefined) return fallback;
	const number = Number(value);
	if (Number.isInteger(number) && number >= 0) return number;
	throw new Violation(name, 'Expected a whole number');
}
