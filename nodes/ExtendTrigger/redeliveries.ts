import { steadyNow } from '../extend/client/clock';
import { inTime } from '../extend/client/waiting';

/** How many events are remembered for each endpoint, and for how many endpoints. */
const MOST_EVENTS = 10_000;
const MOST_ENDPOINTS = 200;

/** An event that arrived: accepted, or still being worked on. */
type Arrival = Promise<boolean> | true;

const arrivals = new Map<string, Map<string, Arrival>>();

function dropOldest(map: Map<string, unknown>, most: number): void {
	for (const key of map.keys()) {
		if (map.size <= most) return;
		map.delete(key);
	}
}

function arrivalsAt(endpointId: string): Map<string, Arrival> {
	const known = arrivals.get(endpointId) ?? new Map<string, Arrival>();
	arrivals.delete(endpointId);
	arrivals.set(endpointId, known);
	dropOldest(arrivals, MOST_ENDPOINTS);
	return known;
}

/**
 * Takes an event on, unless it was accepted before. An event that is being worked on is waited for: if
 * that comes to nothing, this delivery of it counts.
 * @param accepted tells when the event's delivery has been answered, and whether it was accepted
 * @param patienceMs how long to wait for an earlier delivery of the event
 * @returns `busy` if the time was too short
 */
export async function takeOn(
	endpointId: string,
	eventId: string,
	accepted: () => Promise<boolean>,
	patienceMs: number,
): Promise<'new' | 'known' | 'busy'> {
	const known = arrivalsAt(endpointId);
	const deadline = steadyNow() + patienceMs;
	for (let earlier = known.get(eventId); earlier; earlier = known.get(eventId)) {
		if (earlier === true) return 'known';
		const concluded = await inTime(earlier, deadline - steadyNow());
		if (concluded === undefined) return 'busy';
		if (concluded.value) return 'known';
	}
	const arrival = accepted().then((isAccepted) => {
		if (isAccepted) known.set(eventId, true);
		else known.delete(eventId);
		return isAccepted;
	});
	known.set(eventId, arrival);
	dropOldest(known, MOST_EVENTS);
	return 'new';
}

/** Forgets the events of an endpoint that is gone. */
export function forgetEvents(endpointId: string): void {
	arrivals.delete(endpointId);
}
