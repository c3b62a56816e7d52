import { randomFillSync } from 'node:crypto';

const ID_BYTES = 16;
const pool = Buffer.alloc(ID_BYTES * 1024);
let used = pool.length;

/**
 * A fresh id such as `workflow_run_xKm9pNv3qWsY_jL2tR5DhA`. The suffix draws from `A–Z a–z 0–9 _ -`,
 * as Extend's own ids do, so nothing may assume that an underscore ends the prefix.
 */
export function newId(prefix: string): string {
	if (used === pool.length) {
		randomFillSync(pool);
		used = 0;
	}
	const suffix = pool.toString('base64url', used, used + ID_BYTES);
	used += ID_BYTES;
	return `${prefix}_${suffix}`;
}
