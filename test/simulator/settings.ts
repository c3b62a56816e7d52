import { isObject } from './json';

/** Extend meters calls in three groups (Extend docs, "Rate Limits"). */
export type RateCategory = 'GET' | 'WRITE' | 'RUN';

/** The algorithm that decides which calls are over the limit. Which one Extend uses is not public. */
export type RateLimiterKind = 'tokenBucket' | 'slidingWindow' | 'fixedWindow';

/** How a 429 tells when to come back: not at all, in seconds, or as an HTTP date. */
export type RetryAfter = 'none' | 'seconds' | 'date';

/** How error answers look. `flat` is what version 2026-02-09 documents; the rest is seen in the wild. */
export type ErrorShape = 'flat' | 'wrapped' | 'legacy' | 'text' | 'html';

/**
 * What a well-formed but unusable input does: fail its own run, or have its whole batch refused with
 * a message that names it, or with one that does not.
 */
export type BadInputs = 'runFails' | 'refuseWithPosition' | 'refuseWithoutPosition';

/** How a run can be made to end, by its metadata key `simulate` or by `outcomeShares`. */
export type SteeredOutcome = 'FAILED' | 'NEEDS_REVIEW' | 'APPROVED' | 'REJECTED' | 'CANCELLED';

/** Everything that can be changed about a running simulator. Each change takes effect at once. */
export interface SimulatorSettings {
	/** Seed of every random choice; read when the simulator starts or is reset. */
	seed: number;

	/** Milliseconds every answer is held back, as a stand-in for the network. */
	latencyMs: number;

	/** Milliseconds a run stays `PENDING`. */
	queueMs: number;
	/** Milliseconds a run stays `PROCESSING`. */
	processMs: number;
	/** Share by which `queueMs` and `processMs` vary from run to run, 0 to 1. */
	jitter: number;
	/** How many runs are processed at the same time, first come first served; null: all of them. */
	concurrency: number | null;
	/** Factor on `processMs` for an input with `simulate: 'slow'`. */
	slowFactor: number;
	/** Milliseconds a run with `simulate: 'REJECTED'` or `'APPROVED'` spends in review. */
	reviewMs: number;
	/** Milliseconds between `CANCELLING` and `CANCELLED`. */
	cancelMs: number;
	/** Shares (0 to 1) of runs that end otherwise than `PROCESSED` without being told to. */
	outcomeShares: Partial<Record<SteeredOutcome, number>>;
	/** Milliseconds until an accepted run shows up in lists and can be retrieved. */
	visibilityDelayMs: number;
	/** Milliseconds over which the runs of one batch show up after that, in input order. */
	visibilitySpreadMs: number;

	/** What a well-formed but unusable input does. */
	badInputs: BadInputs;
	/** Status of validation errors; Extend's own texts name both. */
	validationStatus: 400 | 422;
	/** How error answers look. */
	errorShape: ErrorShape;
	/** Most bytes of JSON in the metadata of one input. */
	metadataLimitBytes: number;
	/** Most bytes of one upload. */
	uploadLimitBytes: number;

	/**
	 * `snapshot`: all pages of a list show the order of its first page, so nothing is missed or
	 * doubled. `live`: each page continues in the order of the moment, so a run whose `updatedAt`
	 * moves can be missed or shown twice, as with most databases.
	 */
	pageOrder: 'snapshot' | 'live';
	/** Milliseconds until a page token is refused. */
	pageTokenTtlMs: number;

	/** Calls per second of the whole organization by category; null: unlimited. */
	rateLimits: Record<RateCategory, number | null>;
	/** The algorithm behind `rateLimits`. */
	rateLimiter: RateLimiterKind;
	/** What a 429 of the limiter says about when to come back. */
	retryAfter: RetryAfter;
	/** Calls per second that somebody else makes on the same limits. */
	otherClient: Partial<Record<RateCategory, number>>;

	/** Attempts to deliver one webhook event, the first included. */
	deliveryAttempts: number;
	/** Milliseconds before the second attempt; doubles from then on. */
	deliveryBackoffMs: number;
	/** Milliseconds until an unanswered delivery counts as failed (Extend docs: 30 s). */
	deliveryTimeoutMs: number;
	/** Deliveries under way at the same time. */
	deliveryConcurrency: number;
	/** Milliseconds between an event and its first delivery. */
	deliveryDelayMs: number;
	/** Upper bound of a random extra delay, which puts events out of order. */
	deliveryJitterMs: number;
	/** Whether deliveries answered with 4xx are tried again. */
	deliveryRetriesClientErrors: boolean;
	/** Delivers every event twice, with the same `eventId`. */
	deliverTwice: boolean;
	/** Threshold of `format: "url"` endpoints that name none. */
	urlThresholdBytes: number;
	/** Milliseconds a signed link to a payload is good for (Extend SDK: 1 hour). */
	signedUrlTtlMs: number;
}

/** Fresh settings with every default. */
export function defaultSettings(): SimulatorSettings {
	return {
		seed: 1,
		latencyMs: 0,
		queueMs: 100,
		processMs: 400,
		jitter: 0.5,
		concurrency: null,
		slowFactor: 20,
		reviewMs: 200,
		cancelMs: 50,
		outcomeShares: {},
		visibilityDelayMs: 0,
		visibilitySpreadMs: 0,
		badInputs: 'runFails',
		validationStatus: 400,
		errorShape: 'flat',
		metadataLimitBytes: 10_000,
		uploadLimitBytes: 300 * 1024 * 1024,
		pageOrder: 'snapshot',
		pageTokenTtlMs: 3_600_000,
		rateLimits: { GET: null, WRITE: null, RUN: null },
		rateLimiter: 'tokenBucket',
		retryAfter: 'none',
		otherClient: {},
		deliveryAttempts: 5,
		deliveryBackoffMs: 200,
		deliveryTimeoutMs: 30_000,
		deliveryConcurrency: 50,
		deliveryDelayMs: 0,
		deliveryJitterMs: 0,
		deliveryRetriesClientErrors: true,
		deliverTwice: false,
		urlThresholdBytes: 262_144,
		signedUrlTtlMs: 3_600_000,
	};
}

/**
 * Changes settings in place. `rateLimits` is merged key by key; every other value is replaced.
 * Throws on a name that is not a setting and on a value of another type, so that a typo does not
 * pass for a change.
 */
export function changeSettings(
	settings: SimulatorSettings,
	changes: Partial<SimulatorSettings>,
): void {
	const defaults: Record<string, unknown> = { ...defaultSettings(), concurrency: 0 };
	for (const [name, value] of Object.entries<unknown>(changes)) {
		if (value === undefined) continue;
		if (!(name in defaults)) throw new Error(`Unknown setting: ${name}`);
		const isCleared = name === 'concurrency' && value === null;
		if (!isCleared && typeof value !== typeof defaults[name]) {
			throw new Error(`The setting ${name} must be of type ${typeof defaults[name]}`);
		}
		if (name === 'rateLimits' && isObject(value)) Object.assign(settings.rateLimits, value);
		else Object.assign(settings, { [name]: value });
	}
}
