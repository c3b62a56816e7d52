import type { FastifyInstance } from 'fastify';

import { samplePdf } from '../../world/samplePdf';

/** Serves a sample document under any name, so that URLs in examples exist. */
export function documentRoutes(app: FastifyInstance): void {
	app.get<{ Params: { name: string } }>('/documents/:name', async (request, reply) =>
		reply.type('application/pdf').send(samplePdf(request.params.name)),
	);
}
