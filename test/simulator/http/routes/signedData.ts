import type { FastifyInstance } from 'fastify';

import type { Backend } from '../../world/backend';

/** Serves the payloads behind signed links, without a token. */
export function signedDataRoutes(app: FastifyInstance, backend: Backend): void {
	app.get<{ Params: { id: string }; Querystring: { expires?: string; signature?: string } }>(
		'/signed-data/:id',
		async ({ params, query }, reply) => {
			const { expires = '', signature = '' } = query;
			const payload = backend.links.open(params.id, expires, signature, backend.now());
			if (payload !== undefined) return payload;
			return reply.code(403).type('text/plain').send('The link is not valid or has expired');
		},
	);
}
