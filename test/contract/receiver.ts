import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One delivery that arrived. */
export interface Received {
	/** Exactly the bytes that came, as text. */
	body: string;
	headers: IncomingHttpHeaders;
	/** Milliseconds since 1970. */
	at: number;
}

/** An HTTP server on the loopback address that takes webhooks. */
export interface Receiver {
	readonly url: string;
	/** What arrived so far, in order. */
	readonly received: Received[];
	/** Statuses to answer with, one per delivery; 200 when there are none left. */
	readonly statuses: number[];
	close(): Promise<void>;
}

/** Starts a receiver on a free port. */
export async function startReceiver(): Promise<Receiver> {
	const received: Received[] = [];
	const statuses: number[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const body = Buffer.concat(chunks).toString('utf8');
			received.push({ body, headers: request.headers, at: Date.now() });
			response.writeHead(statuses.shift() ?? 200).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
		received,
		statuses,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
