import type { IWebhookFunctions } from 'n8n-workflow';

import { ExtendClient } from '../../extend/client/client';
import { steadyNow } from '../../extend/client/clock';

/** How long one look at Extend's clock is good for, one in vain too, and how long it may take, in milliseconds. */
const GOOD_FOR_MS = 10 * 60_000;
const IN_VAIN_FOR_MS = 30_000;
const LOOK_WITHIN_MS = 5_000;

interface Look {
	/** On the steady clock. */
	goodUntil: number;
	/** Extend's clock less the steady one; `undefined` if Extend could not be asked. */
	offset: Promise<number | undefined>;
}

/** Endpoints whose looks are remembered. */
const MOST_LOOKS = 200;

/** The last look of this process for each endpoint. */
const looks = new Map<string, Look>();

async function look(context: IWebhookFunctions): Promise<number | undefined> {
	try {
		const client = await ExtendClient.connect(context);
		await client
			.within({ withinMs: LOOK_WITHIN_MS })
			.attempt(ExtendClient.get('/workflows', { maxPageSize: 1 }));
		const now = client.extendNow();
		return now === undefined ? undefined : now - steadyNow();
	} catch {
		return undefined;
	}
}

/**
 * What Extend's clock shows now, in milliseconds since 1970, however wrong the clock of this machine is;
 * `undefined` if Extend could not be asked. At most one call in ten minutes for each endpoint, or in half a
 * minute where it failed, so that repeated deliveries cause no more.
 */
export async function extendTime(
	context: IWebhookFunctions,
	endpointId: string,
): Promise<number | undefined> {
	let last = looks.get(endpointId);
	if (last === undefined || steadyNow() > last.goodUntil) {
		last = { goodUntil: steadyNow() + GOOD_FOR_MS, offset: look(context) };
		if (looks.size >= MOST_LOOKS) looks.clear();
		looks.set(endpointId, last);
	}
	const offset = await last.offset;
	if (offset !== undefined) return steadyNow() + offset;
	last.goodUntil = Math.min(last.goodUntil, steadyNow() + IN_VAIN_FOR_MS);
	return undefined;
}
