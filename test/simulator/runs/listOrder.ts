import type { Random } from '../world/random';

/** Whether the runs of a batch are created in the order of its inputs. */
export type ListOrder = 'input' | 'shuffled';

/** How many moments the runs of a shuffled batch are spread over: many of them share one. */
const MOMENTS = 4;

/** The positions of a batch's inputs in the order in which their runs are created. */
export function creationOrder(count: number, order: ListOrder, random: Random): number[] {
	const positions = Array.from({ length: count }, (_, position) => position);
	if (order === 'input') return positions;
	for (let left = count - 1; left > 0; left--) {
		const chosen = Math.floor(random() * (left + 1));
		[positions[left], positions[chosen]] = [positions[chosen] as number, positions[left] as number];
	}
	return positions;
}

/** When the run created as number `rank` (from 0) of a batch is created, given when it was accepted. */
export function momentOfCreation(
	acceptedAt: number,
	rank: number,
	count: number,
	order: ListOrder,
): number {
	return order === 'input' ? acceptedAt : acceptedAt + Math.floor((rank * MOMENTS) / count);
}
