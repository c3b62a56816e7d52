import axios, { type AxiosInstance } from 'axios';
import { ExtendClient } from 'extend-ai';

import { API_VERSION, TOKENS, type Simulator } from '../simulator';

/** The official SDK, unchanged, pointed at a simulator. It does not retry unless told to. */
export function sdk(
	simulator: Simulator,
	options: Partial<ExtendClient.Options> = {},
): ExtendClient {
	return new ExtendClient({
		token: TOKENS.workspace,
		baseUrl: simulator.url,
		maxRetries: 0,
		...options,
	});
}

/** Plain HTTP with the headers of a well-behaved client; every status resolves. */
export function raw(simulator: Simulator, headers: Record<string, string> = {}): AxiosInstance {
	return axios.create({
		baseURL: simulator.url,
		validateStatus: () => true,
		headers: {
			authorization: `Bearer ${TOKENS.workspace}`,
			'x-extend-api-version': API_VERSION,
			...headers,
		},
	});
}

/** `count` inputs of a batch, one per document `https://example.com/<prefix>-<n>.pdf`. */
export function urlInputs(count: number, prefix = 'doc') {
	return Array.from({ length: count }, (_, index) => ({
		file: { url: `https://example.com/${prefix}-${index}.pdf` },
		metadata: { row: index },
	}));
}

/** Resolves after so many milliseconds. */
export async function pause(ms: number): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until a condition holds; fails after `limitMs`. */
export async function until(condition: () => boolean, limitMs = 10_000): Promise<void> {
	const end = Date.now() + limitMs;
	while (!condition()) {
		if (Date.now() > end) throw new Error('The condition did not come true in time');
		await pause(5);
	}
}
