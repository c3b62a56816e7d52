import { isObject } from '../../parameters/checks';
import { isAboutCertificate } from './failure';
import type { CallFailure } from './failure';

/** An answer as the HTTP helper hands it over. */
export interface HttpAnswer {
	statusCode: number;
	headers: Record<string, unknown>;
	body: unknown;
}

/** More than is kept, so that no secret is cut in two before it is blotted out. */
const LONGEST_READ = 30_000;

function textOf(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/**
 * Plain text of an answer body that is not JSON; of an HTML page its title or its visible words. What lies
 * far behind is not looked at, so that a body of any kind and size is read quickly.
 */
function plainText(body: string): string {
	const page = body.slice(0, LONGEST_READ);
	const title = /<title[^<>]*>([^<]*)<\/title>/i.exec(page)?.[1];
	return (title ?? page.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' '))
		.replace(/<[^<>]*>/g, ' ')
		.replace(/\s+/g, ' ');
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
	if (isObject(body)) {
		said = isObject(body.error) ? body.error : body;
		message = textOf(said.message) ?? textOf(body.error) ?? textOf(body.message);
	} else if (typeof body === 'string') {
		message = textOf(plainText(body));
	}
	return {
		kind: status >= 500 || status === 408 || status < 300 ? 'unknown' : 'refused',
		status,
		code: textOf(said.code),
		message: (message ?? '').slice(0, LONGEST_READ),
		requestId: textOf(said.requestId) ?? textOf(headers['x-extend-request-id']),
		...(typeof said.retryable === 'boolean' ? { retryable: said.retryable } : {}),
	};
}

/** Before these system calls are over, nothing of a request can have left. */
const CONNECTING = new Set(['connect', 'getaddrinfo', 'bind']);

/** Codes of the network that tell, if no system call is named, that there was no connection. */
const NO_CONNECTION =
	/^(ECONNREFUSED|ENOTFOUND|EAI_[A-Z]+|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/;

/**
 * Other codes after which nothing was sent: a handshake of TLS that failed, or a request that could not be
 * written down. Of the faults of TLS only those of the handshake: a damaged record may be one of the answer.
 */
const NOT_SENT =
	/^(ERR_TLS_(HANDSHAKE_TIMEOUT|INVALID_PROTOCOL_VERSION|PROTOCOL_VERSION_CONFLICT|DH_PARAM_SIZE|REQUIRED_SERVER_NAME)|ERR_SSL_.*(PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|HANDSHAKE_FAILURE|UNRECOGNIZED_NAME|UNKNOWN_CA|CERTIFICATE|INSUFFICIENT_SECURITY|NO_APPLICATION_PROTOCOL|UNSAFE_LEGACY_RENEGOTIATION_DISABLED|KEY_TOO_SMALL).*|ERR_INVALID_URL|ERR_INVALID_CHAR|ERR_HTTP_INVALID_HEADER_VALUE|ERR_UNESCAPED_CHARACTERS|ERR_INVALID_PROTOCOL)$/;

/** How Node tells of the same with the code of a system call that failed, such as EPROTO. */
const FAILED_HANDSHAKE =
	/before secure TLS connection was established|wrong version number|alert (handshake failure|protocol version|unrecognized name|unknown ca)/i;

/** Faults of a program, which tell nothing about a request. */
const FAULTS_OF_CODE = new Set<unknown>([
	'TypeError',
	'RangeError',
	'ReferenceError',
	'SyntaxError',
]);

/** Whether several addresses of a host were tried, and none could be connected to. */
function isUnconnectedEverywhere({ errors }: Record<string, unknown>): boolean {
	if (!Array.isArray(errors) || errors.length === 0) return false;
	return errors.every((error) => isObject(error) && error.syscall === 'connect');
}

/** n8n 1 takes away the cause of its NodeApiError, and keeps the code of a network fault where it else keeps a status. */
function networkCodeOf({ httpCode }: Record<string, unknown>): string | undefined {
	return /^[A-Z].*/.exec(textOf(httpCode) ?? '')?.[0];
}

/** What a NodeApiError was told first, before n8n put words of its own in its place. */
function firstWordsOf({ messages }: Record<string, unknown>): string | undefined {
	return Array.isArray(messages) ? textOf(messages[0]) : undefined;
}

/** Node's messages begin with the system call, `read ECONNRESET`; n8n 1 keeps nothing else of it. */
function systemCallIn(message: string): string | undefined {
	return /^([a-z]+) E[A-Z_]+\b/.exec(message)?.[1];
}

/**
 * Reads an error thrown by the HTTP helper, that is, one without an answer.
 * @param cancelled whether the execution has been stopped
 */
export function readThrown(thrown: unknown, cancelled: boolean): CallFailure {
	let code: string | undefined;
	let message: string | undefined;
	let fromTheNetwork = false;
	let isFaultOfCode = false;
	let isUnconnected = false;
	const systemCalls = new Set<string>();
	for (let error = thrown, depth = 0; isObject(error) && depth < 6; error = error.cause, depth++) {
		const ownCode = textOf(error.code) ?? networkCodeOf(error);
		code ??= ownCode;
		// The innermost text is the network's own, without what wrappers add.
		message = firstWordsOf(error) ?? textOf(error.message) ?? message;
		const systemCall = textOf(error.syscall);
		if (systemCall !== undefined) systemCalls.add(systemCall);
		isUnconnected ||= isUnconnectedEverywhere(error);
		isFaultOfCode ||= FAULTS_OF_CODE.has(error.name);
		fromTheNetwork ||= error.isAxiosError === true || ownCode !== undefined;
	}
	const words = message ?? 'the connection failed';
	if (cancelled) return { kind: 'interrupted', code, message: words };

	const named = systemCallIn(words);
	if (named !== undefined) systemCalls.add(named);
	const isConnecting = [...systemCalls].every((systemCall) => CONNECTING.has(systemCall));
	const knownCode = code ?? '';
	const notSent =
		isAboutCertificate(knownCode) ||
		NOT_SENT.test(knownCode) ||
		(isConnecting && (systemCalls.size > 0 || NO_CONNECTION.test(knownCode))) ||
		isUnconnected ||
		FAILED_HANDSHAKE.test(words) ||
		// Not from the network at all: the credential or the instance's rules forbade the request.
		(!fromTheNetwork && !isFaultOfCode);
	return {
		kind: notSent ? 'notSent' : 'unknown',
		code,
		message: words,
		...(fromTheNetwork || !notSent ? {} : { retryable: false }),
	};
}
