const REMEMBERED = 5000;
const known = new Map<number, string>();

/**
 * A time (milliseconds since 1970) as the API writes it: RFC 3339 in UTC. Runs of a batch share most
 * of their times, so recent ones are remembered, which makes large pages several times cheaper.
 */
export function timestamp(at: number): string {
	let text = known.get(at);
	if (text === undefined) {
		if (known.size >= REMEMBERED) known.clear();
		text = new Date(at).toISOString();
		known.set(at, text);
	}
	return text;
}
