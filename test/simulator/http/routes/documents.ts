import type { FastifyInstance } from 'fastify';

import { samplePdf } from '../../world/samplePdf';

/**
 * Serves a sample document under any name, so that URLs in examples exist. Like a store of signed links, it
 * takes no other authentication (Amazon S3: "Only one auth mechanism allowed").
 */
export function documentRoutes(app: FastifyInstance): void {
	app.get<{ Params: { name: string } }>('/documents/:name', async (request, reply) => {
		if (request.headers.authorization !== undefined) {
			return await reply
				.code(400)
				.type('application/xml')
				.send('<Error><Code>InvalidArgument</Code></Error>');
		}
		return await reply.type('application/pdf').send(samplePdf(request.params.name));
	});
}
