import { createServer } from 'node:net';

import { StartupError } from './startupError';

const LOOPBACK = '127.0.0.1';

/** Finds free ports on the loopback address; all are held until the last one is found, so they differ. */
export async function freePorts(count: number): Promise<number[]> {
	const held = await Promise.all(Array.from({ length: count }, async () => await hold(0)));
	await Promise.all(
		held.map(async ({ release }) => {
			await release();
		}),
	);
	return held.map(({ port }) => port);
}

/** Makes sure that a port somebody asked for can be had. */
export async function requireFreePort(port: number): Promise<void> {
	try {
		await (await hold(port)).release();
	} catch (error) {
		throw new StartupError(
			`Port ${port} on ${LOOPBACK} cannot be used (${codeOf(error)}).`,
			'Stop the program that uses it, or choose another port; without --port a free one is found.',
			{ cause: error },
		);
	}
}

function codeOf(error: unknown): string {
	const { code } = error as NodeJS.ErrnoException;
	return code === 'EADDRINUSE' ? 'it is in use' : (code ?? String(error));
}

async function hold(port: number): Promise<{ port: number; release: () => Promise<void> }> {
	const server = createServer();
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen({ port, host: LOOPBACK, exclusive: true }, resolve);
	});
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('The server has no port.');
	return {
		port: address.port,
		release: async () => {
			await new Promise<void>((resolve) => {
				server.close(() => {
					resolve();
				});
			});
		},
	};
}
