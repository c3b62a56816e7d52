import { createHmac, randomBytes } from 'node:crypto';

import { newId } from '../world/ids';

/** Links to webhook payloads that anybody who has them can read, for a while. */
export class SignedLinks {
	private readonly payloads = new Map<string, () => unknown>();
	private readonly key = randomBytes(32);

	/** The path and query of a new link that is good until `expires` (milliseconds since 1970). */
	add(payload: () => unknown, expires: number): string {
		const id = newId('payload');
		this.payloads.set(id, payload);
		return `/signed-data/${id}?expires=${expires}&signature=${this.sign(id, String(expires))}`;
	}

	/** The payload behind a link, or undefined when it is unknown, forged or has expired. */
	open(id: string, expires: string, signature: string, now: number): unknown {
		if (signature !== this.sign(id, expires) || now > Number(expires)) return undefined;
		return this.payloads.get(id)?.();
	}

	/** Makes every link given out so far invalid. */
	clear(): void {
		this.payloads.clear();
	}

	private sign(id: string, expires: string): string {
		return createHmac('sha256', this.key).update(`${id}:${expires}`).digest('hex');
	}
}
