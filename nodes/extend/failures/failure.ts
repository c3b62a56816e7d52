import { ownWords } from './wording';

/**
 * What is known when a call to Extend did not succeed. The kinds differ in what may have happened at
 * Extend, because that decides whether a call may be sent again:
 * - `refused`: Extend answered no (4xx, or a redirect, which is not followed); nothing was done.
 * - `notSent`: the request never reached Extend; nothing was done.
 * - `unknown`: 5xx, a broken connection, no answer in time, or an answer that cannot be read; the call may have been carried out.
 * - `cancelled`: the execution was stopped, or the call was no longer wanted, before the request was sent.
 * - `interrupted`: the execution was stopped while the request was under way; like `unknown`.
 */
export interface CallFailure {
	kind: 'refused' | 'notSent' | 'unknown' | 'cancelled' | 'interrupted';
	/** HTTP status, if there was an answer. */
	status?: number;
	/** Extend's error code such as `INVALID_REQUEST`, or a network code such as `ECONNREFUSED`. */
	code?: string;
	/** What Extend or the network said, in plain text without markup and without secrets; see `rawMessageOf`. */
	message: string;
	requestId?: string;
	/** False if trying again is useless: Extend says so, or the request is not allowed from here. */
	retryable?: boolean;
}

/** The code of a failure that lies in n8n's own copy of a file. */
export const UNREADABLE_FILE = 'UNREADABLE_FILE';

/** The code of a request that is larger than n8n can make it; fewer inputs at once help. */
export const REQUEST_TOO_LARGE = 'REQUEST_TOO_LARGE';

/** The code of a call for which there was no time left before it was sent. */
export const OUT_OF_TIME = 'OUT_OF_TIME';

/** The failure of a request whose body could not be written as JSON. */
export function unwritable(thrown: unknown): CallFailure {
	const message = thrown instanceof Error ? thrown.message : '';
	// V8 throws it for a text of more than half a gigabyte.
	const code =
		thrown instanceof Error && thrown.name === 'RangeError' ? REQUEST_TOO_LARGE : undefined;
	return { kind: 'notSent', code, message, retryable: false };
}

/** Whether a request was too large, for n8n or for Extend. */
export function isTooLarge({ status, code }: CallFailure): boolean {
	return status === 413 || code === REQUEST_TOO_LARGE;
}

/** Long enough for a message that names many inputs; errors quote less of it. */
const LONGEST_MESSAGE = 20_000;

/** Apart from the failures, so that nothing which shows a failure can show them. */
const rawMessages = new WeakMap<CallFailure, string>();

/** The failure as people may see it. */
export function withBlotted(failure: CallFailure, blotOut: (text: string) => string): CallFailure {
	const { message, code, requestId } = failure;
	const clean: CallFailure = {
		...failure,
		message: blotOut(message).slice(0, LONGEST_MESSAGE),
		...(code === undefined ? {} : { code: blotOut(code) }),
		...(requestId === undefined ? {} : { requestId: blotOut(requestId) }),
	};
	rawMessages.set(clean, message);
	return clean;
}

/**
 * What Extend said to the letter, for code that looks for addresses and positions in it. It may hold
 * passwords: never show it, keep it or put it anywhere. A copy of a failure does not have it.
 */
export function rawMessageOf(failure: CallFailure): string {
	return rawMessages.get(failure) ?? failure.message;
}

/** Certificates that do not stand the check of TLS (X509 errors of OpenSSL, as Node names them). */
const CERTIFICATE_CODES =
	/^((.*_)?CERT(_.*)?|CRL_.*|UNABLE_TO_.*|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/;

/** Whether a code says that the certificate of the other side is not accepted. */
export function isAboutCertificate(code = ''): boolean {
	return CERTIFICATE_CODES.test(code);
}

/** What a refusal may be about that is a part of the request. */
const PARTS =
	/\b(inputs?|files?|documents?|urls?|links?|runs?|workflows?|metadata|page|nextPageToken)\b/i;

/**
 * Whether a refusal is about a thing in words of its own, and about no part of the request. What it quotes
 * says nothing: an address or a name may hold any word.
 */
function isAbout(thing: RegExp, failure: CallFailure): boolean {
	const headers = /(["'`]?)\bx-extend-(workspace|api-version)(-id)?\1/gi;
	const message = rawMessageOf(failure).replace(headers, ' $2 ');
	const namesInput = /\binputs?\W*\d/i.test(message);
	return thing.test(ownWords(message)) && !namesInput && !PARTS.test(ownWords(message));
}

/** Whether Extend refused a call because it names no workspace, which a token of an organization must. */
export function asksForWorkspace(failure: CallFailure): boolean {
	const { status = 0 } = failure;
	return [400, 401, 403, 422].includes(status) && isAbout(/(?<![\w-])workspaces?(?!\w)/i, failure);
}

/** Whether Extend may have carried out the call all the same. */
export function mayBeDone({ kind }: CallFailure): boolean {
	return kind === 'unknown' || kind === 'interrupted';
}

/** Whether asking Extend again later is of no use. */
export function isFinal({ kind, status, retryable }: CallFailure): boolean {
	if (kind === 'cancelled' || kind === 'interrupted') return true;
	if (kind === 'refused') return status !== 429 && retryable !== true;
	return kind === 'notSent' && retryable === false;
}

/** Whether a failure has nothing to do with what was sent, so that no item is at fault. */
export function concernsAll(failure: CallFailure): boolean {
	const { kind, status = 0, code } = failure;
	if (kind === 'notSent') return code !== UNREADABLE_FILE && code !== REQUEST_TOO_LARGE;
	if (kind !== 'refused') return false;
	return (
		status < 400 ||
		[401, 402, 403, 407, 410, 429].includes(status) ||
		asksForWorkspace(failure) ||
		isAbout(/\bapi[- ]version\b/i, failure)
	);
}

/** Whether Extend refused one call for what it asks, so that others may succeed. */
export function refusesThisCall(failure: CallFailure): boolean {
	return failure.kind === 'refused' && !concernsAll(failure);
}

/** Whether Extend refused a call for a reason that holds for every other call too. */
export function refusesEveryCall(failure: CallFailure): boolean {
	return failure.kind === 'refused' && concernsAll(failure);
}

/** Of two failures the one that is a reason: what was only called off comes of another. */
export function reasonAmong(one: CallFailure | undefined, other: CallFailure): CallFailure {
	return one === undefined || one.kind === 'cancelled' ? other : one;
}

/** Whether no further call can succeed after a failure, so that a job had better end. */
export function endsJob(failure: CallFailure): boolean {
	const { kind, retryable } = failure;
	// A network that is down may be back for the next call.
	if (kind === 'notSent') return retryable === false && concernsAll(failure);
	return kind === 'interrupted' || concernsAll(failure);
}
