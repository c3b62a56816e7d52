import { STATUS_CODES } from 'node:http';

import type { ErrorShape, SimulatorSettings } from '../world/settings';

/** Extra properties of an error answer. */
export interface ApiErrorDetails {
	/** Whether the same call may succeed later. */
	retryable?: boolean;
	/** Response headers, such as `retry-after`. */
	headers?: Record<string, string>;
	/** How it is written, whatever the settings say. */
	shape?: ErrorShape;
}

/** An error answer of the API: HTTP status, code and message (Extend docs, "Error Handling"). */
export class ApiError extends Error {
	readonly retryable: boolean;
	readonly headers: Record<string, string>;
	readonly shape: ErrorShape | undefined;

	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		details: ApiErrorDetails = {},
	) {
		super(message);
		this.name = 'ApiError';
		this.retryable = details.retryable ?? (status === 429 || status >= 500);
		this.headers = details.headers ?? {};
		this.shape = details.shape;
	}
}

/** 404: the id is unknown, or belongs to another workspace. */
export function notFound(what: string, id: string): ApiError {
	return new ApiError(404, 'NOT_FOUND', `${what} not found: ${id}`);
}

/** 400: the request breaks a rule that is not part of its schema. */
export function invalidRequest(message: string): ApiError {
	return new ApiError(400, 'INVALID_REQUEST', message);
}

/** An error answer, ready to be sent. */
export interface RenderedError {
	contentType: string;
	body: string;
}

/** Writes an error the way `shape` says. */
export function renderError(error: ApiError, shape: ErrorShape, requestId: string): RenderedError {
	if (shape === 'text') return { contentType: 'text/plain', body: error.message };
	if (shape === 'html') return { contentType: 'text/html', body: errorPage(error.status) };
	const flat = {
		code: error.code,
		message: error.message,
		retryable: error.retryable,
		requestId,
		docUrl: 'https://docs.extend.ai/2026-02-09/api-reference/error-handling',
	};
	const legacy = { success: false, error: error.message };
	const body = shape === 'legacy' ? legacy : shape === 'wrapped' ? { error: flat } : flat;
	return { contentType: 'application/json', body: JSON.stringify(body) };
}

/** Throws the 413 of a proxy for a body of more bytes than the settings allow. */
export function checkBodySize(bytes: number, { bodyLimitBytes }: SimulatorSettings): void {
	if (bytes <= bodyLimitBytes) return;
	throw new ApiError(413, 'PAYLOAD_TOO_LARGE', 'Request Entity Too Large', { shape: 'html' });
}

/** What a web server answers that knows nothing of Extend. */
export const WEB_PAGE =
	'<!doctype html>\n<html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>\n';

/** What a proxy in front of an API answers on its own behalf, as nginx writes it. */
export function errorPage(status: number): string {
	const reason = status === 413 ? 'Request Entity Too Large' : (STATUS_CODES[status] ?? '');
	const title = `${status} ${reason}`;
	return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
}
