import { AWKWARD } from './awkward';
import { isObject } from '../http/json';
import type { ListOrder } from '../runs/listOrder';

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
 * a message that names its position, with one that does not, or with one that has no position but
 * quotes the document (or the metadata) of the first such input.
 */
export type BadInputs =
	'runFails' | 'refuseWithPosition' | 'refuseWithoutPosition' | 'refuseQuoting';

/**
 * How an error names a place in a body: `inputs[17].file.url: …`, or `…; Path: inputs.17.file.url`,
 * which is seen in the wild.
 */
export type PositionStyle = 'brackets' | 'dotted';

/**
 * What an input does whose file id does not exist (never uploaded, deleted, of another workspace):
 * `runFails`: what the setting `badInputs` says. Else the whole batch is refused with a 404 or a 400
 * that names the first such id, and no position.
 */
export type UnknownFileId = 'runFails' | 'refuse404' | 'refuse400';

/**
 * What becomes of a page token that was used. `singleUse`: it is refused (400) once a page has been
 * delivered for it, so a page whose answer was lost can be asked for again. `singleUseStrict`: it is
 * refused as soon as a call that named it was carried out, so after a lost answer nothing is left but
 * to begin the list anew.
 */
export type PageTokenUse = 'reusable' | 'singleUse' | 'singleUseStrict';

/**
 * What an input does that holds the character U+0000 (JSON `\\u0000`), which PostgreSQL's types `text`
 * and `jsonb` cannot store. `serverError`: its whole batch is answered with a 500 and not accepted.
 */
export type Poison = 'serverError' | 'accepted';

/** Who answers: Extend, or a web server that knows nothing of it, with a 200 and a page or some JSON. */
export type ApiKind = 'extend' | 'webPage' | 'otherApi';

/** The order of the list of parse runs, which takes no `sortDir`; which one Extend uses is not public. */
export type ParseRunOrder = 'newestFirst' | 'oldestFirst';

/** Names of webhook endpoints: any of 1 to 100 characters, or plain letters, digits, spaces and `-` only. */
export type EndpointNames = 'any' | 'strict';

/** How endpoints show their URL: as it was given, or as a URL parser writes it (`new URL(url).href`). */
export type EndpointUrls = 'asGiven' | 'normalized';

/** How a run can be made to end, by its metadata key `simulate` or by `outcomeShares`. */
export type SteeredOutcome = 'FAILED' | 'NEEDS_REVIEW' | 'APPROVED' | 'REJECTED' | 'CANCELLED';

/** Everything that can be changed about a running simulator. Each change takes effect at once. */
export interface SimulatorSettings {
	/** Seed of every random choice; read when the simulator starts or is reset. */
	seed: number;

	/** Who answers on the paths of the API. */
	apiKind: ApiKind;
	/** Milliseconds every answer is held back, as a stand-in for the network. */
	latencyMs: number;
	/**
	 * Extend's clock less the real one, in milliseconds: in the header `Date` of every answer, in all
	 * dates of what it tells of, in the timestamps that deliveries are signed with, and in a
	 * `Retry-After` that is a date. A change counts from the next call on; what happened before keeps its
	 * date, so that moving the clock ahead makes everything that exists as much older.
	 * What happens when goes by the real clock.
	 */
	clockOffsetMs: number;

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
	/** Milliseconds until an accepted run shows up in lists. */
	visibilityDelayMs: number;
	/** Milliseconds over which the runs of one batch show up after that, in order of creation. */
	visibilitySpreadMs: number;
	/**
	 * Milliseconds from when a run shows up in lists until it can be retrieved, changed or deleted
	 * (404 before); less than 0: it can be that long before it is listed. Counts for new runs.
	 */
	readableDelayMs: number;
	/**
	 * The order in which the runs of one batch are created, and with that the order of lists.
	 * `shuffled`: not that of the inputs, and many runs share one `createdAt`.
	 */
	listOrder: ListOrder;

	/** The order of the list of parse runs. */
	parseRunOrder: ParseRunOrder;

	/** What a well-formed but unusable input does. */
	badInputs: BadInputs;
	/** What an input with an unknown file id does. */
	unknownFileId: UnknownFileId;
	/** What an input with U+0000 does. */
	poison: Poison;
	/** How errors name a place in a body. */
	positions: PositionStyle;
	/** Status of validation errors; Extend's own texts name both. */
	validationStatus: 400 | 422;
	/** How error answers look. */
	errorShape: ErrorShape;
	/** Most bytes of JSON in the metadata of one input. */
	metadataLimitBytes: number;
	/** Most bytes of one upload. */
	uploadLimitBytes: number;
	/** Most bytes of any other body; a proxy answers 413 beyond. At most 500 MB. */
	bodyLimitBytes: number;

	/**
	 * `snapshot`: all pages of a list show the order of its first page, so nothing is missed or
	 * doubled. `live`: each page continues in the order of the moment, so a run whose `updatedAt`
	 * moves can be missed or shown twice, as with most databases.
	 */
	pageOrder: 'snapshot' | 'live';
	/** Milliseconds until a page token is refused. */
	pageTokenTtlMs: number;
	/** Whether a page token can be used again. */
	pageTokens: PageTokenUse;

	/** Calls per second of the whole organization by category; null: unlimited. */
	rateLimits: Record<RateCategory, number | null>;
	/** The algorithm behind `rateLimits`. */
	rateLimiter: RateLimiterKind;
	/** What a 429 of the limiter says about when to come back. */
	retryAfter: RetryAfter;
	/** Calls per second that somebody else makes on the same limits. */
	otherClient: Partial<Record<RateCategory, number>>;

	/** Which names webhook endpoints may have. */
	endpointNames: EndpointNames;
	/** How webhook endpoints show their URL. */
	endpointUrls: EndpointUrls;
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

/** Fresh settings with every default: an Extend that is awkward in every way in which it may be. */
export function defaultSettings(): SimulatorSettings {
	return {
		...AWKWARD,
		seed: 1,
		apiKind: 'extend',
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
		poison: 'serverError',
		positions: 'brackets',
		validationStatus: 400,
		errorShape: 'flat',
		metadataLimitBytes: 10_000,
		uploadLimitBytes: 300 * 1024 * 1024,
		bodyLimitBytes: 100 * 1024 * 1024,
		pageOrder: 'snapshot',
		pageTokenTtlMs: 3_600_000,
		rateLimits: { GET: null, WRITE: null, RUN: null },
		rateLimiter: 'tokenBucket',
		retryAfter: 'none',
		otherClient: {},
		endpointNames: 'any',
		endpointUrls: 'asGiven',
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

/** The words that a setting can be, for those that are one of a few. */
const CHOICES: {
	readonly [name in keyof SimulatorSettings]?: ReadonlyArray<SimulatorSettings[name]>;
} = {
	apiKind: ['extend', 'webPage', 'otherApi'],
	listOrder: ['input', 'shuffled'],
	parseRunOrder: ['newestFirst', 'oldestFirst'],
	badInputs: ['runFails', 'refuseWithPosition', 'refuseWithoutPosition', 'refuseQuoting'],
	unknownFileId: ['runFails', 'refuse404', 'refuse400'],
	poison: ['serverError', 'accepted'],
	positions: ['brackets', 'dotted'],
	validationStatus: [400, 422],
	errorShape: ['flat', 'wrapped', 'legacy', 'text', 'html'],
	pageOrder: ['snapshot', 'live'],
	pageTokens: ['reusable', 'singleUse', 'singleUseStrict'],
	rateLimiter: ['tokenBucket', 'slidingWindow', 'fixedWindow'],
	retryAfter: ['none', 'seconds', 'date'],
	endpointNames: ['any', 'strict'],
	endpointUrls: ['asGiven', 'normalized'],
};

/**
 * Changes settings in place. `rateLimits` is merged key by key; every other value is replaced.
 * Throws on a name that is not a setting, on a value of another type and on a word that is none of
 * its choices, so that a typo does not pass for a change.
 */
export function changeSettings(
	settings: SimulatorSettings,
	changes: Partial<SimulatorSettings>,
): void {
	const defaults: Record<string, unknown> = { ...defaultSettings(), concurrency: 0 };
	const choices: Record<string, readonly unknown[] | undefined> = CHOICES;
	for (const [name, value] of Object.entries<unknown>(changes)) {
		if (value === undefined) continue;
		if (!(name in defaults)) throw new Error(`Unknown setting: ${name}`);
		const isCleared = name === 'concurrency' && value === null;
		if (!isCleared && typeof value !== typeof defaults[name]) {
			throw new Error(`The setting ${name} must be of type ${typeof defaults[name]}`);
		}
		if (choices[name]?.includes(value) === false) {
			throw new Error(`The setting ${name} must be one of ${choices[name].join(', ')}`);
		}
		if (name === 'rateLimits' && isObject(value)) Object.assign(settings.rateLimits, value);
		else Object.assign(settings, { [name]: value });
	}
}
