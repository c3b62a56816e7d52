import { newId } from '../world/ids';
import type { Random } from '../world/random';
import type { RateCategory, RetryAfter } from '../world/settings';

/** A regular expression that survives JSON. */
export interface PathPattern {
	regexp: string;
	flags?: string;
}

/** Which calls a fault is meant for. What is left out matches everything. */
export interface FaultTarget {
	/** HTTP method, in any case. */
	method?: string;
	/** Path without its query: as a text where `*` stands for anything, or as a regular expression. */
	path?: string | RegExp | PathPattern;
	/** Rate category of the call. */
	category?: RateCategory;
}

/** When a fault strikes. Without any of these it strikes every matching call. */
export interface FaultTiming {
	/** The first matching call to strike, counted from 1. Implies `times: 1` unless `times` is given. */
	nth?: number;
	/** How many calls to strike in all. */
	times?: number;
	/** Chance of each matching call to be struck, 0 to 1, from the simulator's seeded generator. */
	probability?: number;
}

/** A 429 that the limiter has no part in; the call is not carried out. */
export interface RateLimitedFault {
	kind: 'rateLimited';
	/** Default `none`. */
	retryAfter?: RetryAfter;
	/** Seconds that `retryAfter` names; default 1. */
	seconds?: number;
}

/** A 5xx before or after the call is carried out. */
export interface ServerErrorFault {
	kind: 'serverErrorBefore' | 'serverErrorAfter';
	/** Default 500. */
	status?: 500 | 502 | 503 | 504;
	/** `html` is what a proxy answers; default `json`. */
	body?: 'json' | 'html';
}

/** The connection is reset instead of an answer. */
export interface ResetFault {
	kind: 'resetBefore' | 'resetAfter';
}

/** The connection stays open and no answer ever comes. */
export interface HangFault {
	kind: 'hangBefore' | 'hangAfter';
}

/** A 200 whose JSON stops in the middle. */
export interface TruncatedFault {
	kind: 'truncatedBefore' | 'truncatedAfter';
	/**
	 * `correct` (default): the length of what is sent, so that only the JSON is broken.
	 * `tooLong`: the length of the whole answer, after half of which the connection closes.
	 */
	contentLength?: 'correct' | 'tooLong';
}

/** A 200 with another body than Extend's, such as the login page of a proxy. */
export interface ReplacedFault {
	kind: 'replacedBefore' | 'replacedAfter';
	/** A text is sent as a web page, anything else as JSON; default: some web page. */
	body?: unknown;
}

/** Any error answer; the call is not carried out. */
export interface RefuseFault {
	kind: 'refuse';
	/** Default 400. */
	status?: number;
	/** Default: the code Extend documents for the status. */
	code?: string;
	message?: string;
	retryable?: boolean;
	headers?: Record<string, string>;
}

/** The answer comes late. Adds to other faults. */
export interface DelayFault {
	kind: 'delay';
	ms: number;
	/** Whether to wait before or after the call is carried out; default `before`. */
	when?: 'before' | 'after';
}

/** What a fault does. "Before": the call is not carried out. "After": it is, but its answer is lost. */
export type FaultEffect =
	| RateLimitedFault
	| ServerErrorFault
	| ResetFault
	| HangFault
	| TruncatedFault
	| ReplacedFault
	| RefuseFault
	| DelayFault;

/** The name of a fault. */
export type FaultKind = FaultEffect['kind'];

/** A fault to inject: what, where and when. */
export type Fault = FaultEffect & FaultTiming & { on?: FaultTarget };

/** A fault in place. */
export interface ActiveFault {
	readonly id: string;
	readonly fault: Fault;
	/** Matching calls seen so far. */
	seen: number;
	/** Calls struck so far. */
	struck: number;
}

/** What is known of a call when its faults are chosen. */
export interface FaultableCall {
	method: string;
	/** Path without its query. */
	path: string;
	category: RateCategory;
}

/** Every kind, for checking input from outside. */
export const FAULT_KINDS: readonly FaultKind[] = [
	'rateLimited',
	'serverErrorBefore',
	'serverErrorAfter',
	'resetBefore',
	'resetAfter',
	'hangBefore',
	'hangAfter',
	'truncatedBefore',
	'truncatedAfter',
	'replacedBefore',
	'replacedAfter',
	'refuse',
	'delay',
];

interface Entry extends ActiveFault {
	readonly path: RegExp | undefined;
}

/**
 * The faults in place. Calls that the authorization or the rate limiter turns away are not counted,
 * so `nth: 1` of an "after" fault always meets a call that is carried out.
 */
export class Faults {
	private entries: Entry[] = [];

	constructor(private readonly random: () => Random) {}

	/** Puts a fault in place. The handle counts what it does. */
	add(fault: Fault): ActiveFault {
		if (!FAULT_KINDS.includes(fault.kind)) throw new Error(`Unknown fault kind: ${fault.kind}`);
		const entry: Entry = {
			id: newId('fault'),
			fault,
			seen: 0,
			struck: 0,
			path: pathExpression(fault.on?.path),
		};
		this.entries.push(entry);
		return entry;
	}

	/** Takes one fault away, or all of them. */
	clear(id?: string): void {
		this.entries = id === undefined ? [] : this.entries.filter((entry) => entry.id !== id);
	}

	/** The faults in place, oldest first, with what they did so far. */
	list(): readonly ActiveFault[] {
		return this.entries.map(({ id, fault, seen, struck }) => ({ id, fault, seen, struck }));
	}

	/**
	 * The effects that strike this call: every delay, and of the others the oldest. Counts the call
	 * for each fault that matches it.
	 */
	strike(call: FaultableCall): FaultEffect[] {
		const effects: FaultEffect[] = [];
		let decided = false;
		for (const entry of this.entries) {
			if (!matches(entry, call)) continue;
			entry.seen += 1;
			const isDelay = entry.fault.kind === 'delay';
			if ((decided && !isDelay) || !this.isDue(entry)) continue;
			entry.struck += 1;
			decided ||= !isDelay;
			effects.push(entry.fault);
		}
		return effects;
	}

	private isDue({ fault, seen, struck }: Entry): boolean {
		const times = fault.times ?? (fault.nth === undefined ? Infinity : 1);
		if (struck >= times || seen < (fault.nth ?? 1)) return false;
		return fault.probability === undefined || this.random()() < fault.probability;
	}
}

function matches({ fault, path }: Entry, call: FaultableCall): boolean {
	const { method, category } = fault.on ?? {};
	if (method !== undefined && method.toUpperCase() !== call.method) return false;
	if (category !== undefined && category !== call.category) return false;
	if (path === undefined) return true;
	path.lastIndex = 0;
	return path.test(call.path);
}

function pathExpression(path: FaultTarget['path']): RegExp | undefined {
	if (path === undefined || path instanceof RegExp) return path;
	if (typeof path !== 'string') return new RegExp(path.regexp, path.flags);
	const escaped = path.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
	return new RegExp(`^${escaped.join('.*')}$`);
}
