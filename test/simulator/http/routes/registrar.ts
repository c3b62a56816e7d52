import type { FastifyInstance } from 'fastify';

import type { Exchange, Handler } from '../exchange';

/** Registers handlers of the API, each behind the exchange. */
export class Registrar {
	constructor(
		private readonly app: FastifyInstance,
		private readonly exchange: Exchange,
	) {}

	/** Handles one method and path. */
	on(method: 'GET' | 'POST' | 'DELETE', path: string, handler: Handler): void {
		this.app.route({
			method,
			url: path,
			handler: async (request, reply) => await this.exchange.serve(request, reply, handler),
		});
	}
}
