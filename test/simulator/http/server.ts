import multipart from '@fastify/multipart';
import fastify, { type FastifyInstance } from 'fastify';

import type { Backend } from '../world/backend';
import { ApiError, checkBodySize } from './errors';
import type { Exchange } from './exchange';
import { controlRoutes } from './routes/control';
import { documentRunRoutes } from './routes/documentRuns';
import { documentRoutes } from './routes/documents';
import { fileRoutes } from './routes/files';
import { processorRoutes } from './routes/processors';
import { Registrar } from './routes/registrar';
import { signedDataRoutes } from './routes/signedData';
import { webhookEndpointRoutes } from './routes/webhookEndpoints';
import { webhookSubscriptionRoutes } from './routes/webhookSubscriptions';
import { workflowRunRoutes } from './routes/workflowRuns';
import { workflowRoutes } from './routes/workflows';
import { Violation } from './validation';

/** More than this in one body cannot be read into a string. */
const BODY_LIMIT_BYTES = 500 * 1024 * 1024;

/** The HTTP side: the API behind the exchange, control routes and documents beside it. */
export async function buildServer(backend: Backend, exchange: Exchange): Promise<FastifyInstance> {
	const app = fastify({
		bodyLimit: BODY_LIMIT_BYTES,
		exposeHeadRoutes: false,
		forceCloseConnections: true,
		routerOptions: { maxParamLength: 500 },
	});
	readJsonLeniently(app, backend);
	app.addHook('onSend', async (_request, reply) => {
		reply.header('date', exchange.date());
	});
	await app.register(multipart);

	app.setErrorHandler(async (error, _request, reply) => {
		const status = error instanceof Violation || !(error instanceof ApiError) ? 400 : error.status;
		return reply.code(status).send({ message: String(error) });
	});
	documentRoutes(app);
	signedDataRoutes(app, backend);
	controlRoutes(app, backend);
	await app.register(async (api) => {
		registerApi(api, backend, exchange);
	});
	app.setNotFoundHandler(async (request, reply) => {
		exchange.begin(request, reply);
		if (exchange.isTakenOver(reply)) return reply;
		const problem = `No such endpoint: ${request.method} ${request.url}`;
		return exchange.sendError(new ApiError(404, 'NOT_FOUND', problem), request, reply);
	});
	return app;
}

function registerApi(api: FastifyInstance, backend: Backend, exchange: Exchange): void {
	api.addHook('onRequest', async (request, reply) => {
		exchange.begin(request, reply);
		if (exchange.isTakenOver(reply)) return reply;
		exchange.admit(request);
		return undefined;
	});
	api.setErrorHandler(async (error, request, reply) => exchange.sendError(error, request, reply));
	const registrar = new Registrar(api, exchange);
	workflowRoutes(registrar, backend);
	workflowRunRoutes(registrar, backend);
	documentRunRoutes(registrar, backend);
	fileRoutes(registrar, backend);
	processorRoutes(registrar, backend);
	webhookEndpointRoutes(registrar, backend);
	webhookSubscriptionRoutes(registrar, backend);
}

/** Takes an empty JSON body for none, and any other type for no body at all. */
function readJsonLeniently(app: FastifyInstance, backend: Backend): void {
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
		try {
			checkBodySize(body.length, backend.settings);
			done(null, body.length === 0 ? undefined : JSON.parse(String(body)));
		} catch (error) {
			const problem = 'The request body is not valid JSON';
			done(error instanceof ApiError ? error : new ApiError(400, 'INVALID_REQUEST', problem));
		}
	});
	app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => {
		done(null, undefined);
	});
}
