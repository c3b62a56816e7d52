import { NodeApiError } from 'n8n-workflow';
import type { INode, JsonObject } from 'n8n-workflow';

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
	/** What Extend or the network said, in plain text without markup and without secrets. */
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

/** The failure of a request whose body could not be made. */
export function tooLarge(thrown: unknown): CallFailure {
	const message = thrown instanceof Error ? thrown.message : '';
	return { kind: 'notSent', code: REQUEST_TOO_LARGE, message, retryable: false };
}

/** Whether a request was too large, for n8n or for Extend. */
export function isTooLarge({ status, code }: CallFailure): boolean {
	return status === 413 || code === REQUEST_TOO_LARGE;
}

/** An answer as the HTTP helper hands it over. */
export interface HttpAnswer {
	statusCode: number;
	headers: Record<string, unknown>;
	body: unknown;
}

/** Long enough for a message that names many inputs; errors quote less of it. */
const LONGEST_MESSAGE = 20_000;
const LONGEST_QUOTE = 500;

function shorten(text: string, length: number): string {
	return text.length > length ? `${text.slice(0, length)}…` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/**
 * Plain text of an answer body that is not JSON; of an HTML page its title or its visible words. What lies
 * far behind is not looked at, so that a body of any kind and size is read quickly.
 */
function plainText(body: string): string {
	const page = body.slice(0, LONGEST_MESSAGE);
	const title = /<title[^<>]*>([^<]*)<\/title>/i.exec(page)?.[1];
	return (title ?? page.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' '))
		.replace(/<[^<>]*>/g, ' ')
		.replace(/\s+/g, ' ')
		.trim();
}

/**
 * Reads an error answer in every shape Extend is known to send: wrapped (`{ error: { … } }`), flat
 * (`{ code, message, … }`), legacy (`{ error: '…' }`), plain text and HTML from a proxy.
 * Shapes: `ApiError`, `LegacyError` and `TooManyRequestsErrorBody` of the official SDK.
 */
export function readFailure(answer: HttpAnswer): CallFailure {
	const { statusCode: status, headers, body } = answer;
	let said: Record<string, unknown> = {};
	let message: string | undefined;
	if (isRecord(body)) {
		said = isRecord(body.error) ? body.error : body;
		message = textOf(said.message) ?? textOf(body.error) ?? textOf(body.message);
	} else if (typeof body === 'string') {
		message = textOf(plainText(body));
	}
	return {
		kind: status >= 500 || status === 408 || status < 300 ? 'unknown' : 'refused',
		status,
		code: textOf(said.code),
		message: shorten(message ?? '', LONGEST_MESSAGE),
		requestId: textOf(said.requestId) ?? textOf(headers['x-extend-request-id']),
		...(typeof said.retryable === 'boolean' ? { retryable: said.retryable } : {}),
	};
}

/**
 * Codes of network faults after which it is certain that no request reached the service. Of the faults of
 * TLS only those of the handshake: a damaged record may be one of the answer.
 */
const NOT_SENT_CODES =
	/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ERR_INVALID_URL|CERT_.*|.*_CERT|.*_CERT_.*|ERR_TLS_.*|ERR_SSL_.*(PROTOCOL|HANDSHAKE|UNRECOGNIZED_NAME|UNKNOWN_CA|CERTIFICATE).*|UNABLE_TO_.*)$/;

/** Whether several addresses of a host were tried, and none could be connected to. */
function isUnconnectedEverywhere({ errors }: Record<string, unknown>): boolean {
	if (!Array.isArray(errors) || errors.length === 0) return false;
	return errors.every((error) => isRecord(error) && error.syscall === 'connect');
}

/** n8n 1 takes away the cause of its NodeApiError, and keeps the code of a network fault as `httpCode`. */
function networkCodeOf({ httpCode }: Record<string, unknown>): string | undefined {
	const code = textOf(httpCode);
	return code !== undefined && /^[A-Z]/.test(code) ? code : undefined;
}

/** What a NodeApiError was told first, before n8n put words of its own in its place. */
function firstWordsOf({ messages }: Record<string, unknown>): string | undefined {
	return Array.isArray(messages) ? textOf(messages[0]) : undefined;
}

/**
 * Reads an error thrown by the HTTP helper, that is, one without an answer.
 * @param cancelled whether the execution has been stopped
 */
export function readThrown(thrown: unknown, cancelled: boolean): CallFailure {
	let code: string | undefined;
	let syscall: string | undefined;
	let message: string | undefined;
	let fromTheNetwork = false;
	let isUnconnected = false;
	for (let error = thrown, depth = 0; isRecord(error) && depth < 6; error = error.cause, depth++) {
		const ownCode = textOf(error.code) ?? networkCodeOf(error);
		code ??= ownCode;
		syscall ??= textOf(error.syscall);
		// The innermost text is the network's own, without what wrappers add.
		message = firstWordsOf(error) ?? textOf(error.message) ?? message;
		isUnconnected ||= isUnconnectedEverywhere(error);
		fromTheNetwork ||= error.isAxiosError === true || ownCode !== undefined;
	}
	const words = message ?? 'the connection failed';
	if (cancelled) return { kind: 'interrupted', code, message: words };
	const notSent =
		(code !== undefined && NOT_SENT_CODES.test(code)) ||
		syscall === 'connect' ||
		/^connect [A-Z]+ /.test(words) ||
		isUnconnected ||
		/before secure TLS connection was established|wrong version number/i.test(words) ||
		// Not from the network at all: the credential or the instance's rules forbade the request.
		!fromTheNetwork;
	return {
		kind: notSent ? 'notSent' : 'unknown',
		code,
		message: words,
		...(fromTheNetwork ? {} : { retryable: false }),
	};
}

/** What a failure means for the person at the canvas: what happened, and what to do now. */
export interface Explanation {
	happened: string;
	advice: string;
}

/**
 * Puts a failure into words that do not depend on Extend's wording.
 * @param subject what was looked for, in case it is not there, such as `workflow or version`
 */
export function explain(failure: CallFailure, subject: string): Explanation {
	const { kind, status } = failure;
	if (kind === 'cancelled' || kind === 'interrupted') {
		return { happened: 'the execution was stopped', advice: '' };
	}
	if (failure.code === UNREADABLE_FILE) {
		return {
			happened: 'n8n could not read the file',
			advice: 'Run the node again that reads or downloads it.',
		};
	}
	if (kind === 'notSent') {
		return failure.retryable === false
			? {
					happened: 'the request could not be made',
					advice: 'Check the Extend API credential and the network rules of this n8n instance.',
				}
			: {
					happened: 'Extend could not be reached',
					advice:
						'Check the region or base URL in the Extend API credential, and whether this n8n instance may reach that address.',
				};
	}
	if (kind === 'unknown') {
		return {
			happened:
				status === undefined
					? 'the connection to Extend broke or Extend did not answer in time'
					: status >= 400
						? `Extend could not answer (HTTP ${status})`
						: 'the answer from Extend could not be read',
			advice: 'Try again later; if it goes on, give the request ID to Extend.',
		};
	}
	if (status !== undefined && status < 400) {
		return {
			happened: 'the address redirects to another one',
			advice: 'Check the region or base URL in the Extend API credential.',
		};
	}
	switch (status) {
		case 401:
			return {
				happened: 'Extend does not know the API token',
				advice:
					'Check in the Extend API credential that the token is complete and not revoked, and that Region is the one in which your workspace lives.',
			};
		case 402:
			return {
				happened: 'Extend has blocked usage of this workspace',
				advice: 'Check the credits and the billing of your Extend workspace, then run again.',
			};
		case 403:
			return {
				happened: 'the API token lacks the permission',
				advice:
					'Check the permissions of the token in Extend, and Workspace ID in the Extend API credential.',
			};
		case 404:
			return {
				happened: `Extend does not find the ${subject}`,
				advice:
					'Check the ID. Extend also answers so when it belongs to another workspace or region: compare the Extend API credential.',
			};
		case 413:
			return {
				happened: 'Extend finds the request too large',
				advice: 'Choose a smaller batch size, or a smaller file.',
			};
		case 429:
			return {
				happened: 'the rate limit of Extend let nothing through for a long time',
				advice: 'Run again later, or ask Extend for a higher rate limit.',
			};
		default:
			return /workspace/i.test(failure.message)
				? {
						happened: 'Extend asks for a workspace',
						advice:
							'The token belongs to a whole organization: fill in Workspace ID in the Extend API credential.',
					}
				: {
						happened: 'Extend refused the request',
						advice: 'Correct what Extend names, then run again.',
					};
	}
}

/** n8n shows descriptions as HTML; what others wrote must stay text. */
export function escapeHtml(text: string): string {
	return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** What Extend said, its code and its request id, in one sentence each; empty if it said nothing. */
export function quote(failure: CallFailure): string {
	const parts: string[] = [];
	if (failure.message !== '') {
		const isLocal = failure.kind === 'notSent' && failure.retryable === false;
		const who =
			failure.status !== undefined ? 'Extend says' : isLocal ? 'Reason' : 'The network reports';
		const code = failure.code && failure.status !== undefined ? ` (${failure.code})` : '';
		parts.push(`${who}: “${shorten(failure.message, LONGEST_QUOTE)}”${code}.`);
	} else if (failure.code) {
		parts.push(`Extend answered with the code ${failure.code}.`);
	}
	if (failure.requestId) parts.push(`Request ID: ${failure.requestId}.`);
	return parts.join(' ');
}

/** What the failure of a call was about, for its error. */
export interface FailureContext {
	/** What was being done, as the beginning of a sentence: `Workflows could not be listed`. */
	task: string;
	/** A headline instead of the task and what happened, without any words of others. */
	headline?: string;
	/** Advice instead of that which goes with the failure. */
	advice?: string;
	/** What a 404 is about; see `explain`. */
	subject?: string;
	itemIndex?: number;
	/** Further sentences, such as the account of a job. */
	more?: string;
	/** Further facts for programs, put into the error's `context`. */
	facts?: JsonObject;
}

/**
 * Makes the one error that n8n shows for a failed call. What others wrote goes only into the
 * description, because n8n replaces headlines in which it finds the letters of a system error code.
 */
export function toNodeError(
	node: INode,
	failure: CallFailure,
	purpose: FailureContext,
): NodeApiError {
	const { task, subject = 'resource', itemIndex, facts } = purpose;
	const explanation = explain(failure, subject);
	const message = purpose.headline ?? `${task}: ${explanation.happened}`;
	const description = [quote(failure), purpose.advice ?? explanation.advice, purpose.more ?? '']
		.filter((part) => part !== '')
		.map(escapeHtml)
		.join(' ');
	const error = new NodeApiError(
		node,
		{ message, description },
		{
			message,
			description,
			httpCode: failure.status === undefined ? undefined : String(failure.status),
			itemIndex,
		},
	);
	Object.assign(error.context, {
		...facts,
		...(failure.requestId ? { requestId: failure.requestId } : {}),
		...(failure.code ? { code: failure.code } : {}),
	});
	return error;
}
