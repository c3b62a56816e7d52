import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

/** How often, and how many times, a delivery is looked at whose sender has gone. */
const LOOK_MS = 200;
const MOST_LOOKS = 3_000;

/** What is used of n8n's response object; its own type belongs to a package that nodes do not have. */
interface ResponseInUse {
	statusCode: number;
	readonly headersSent: boolean;
	readonly writableEnded: boolean;
	readonly destroyed: boolean;
	setHeader(name: string, value: string): unknown;
	end(text: string): unknown;
	once(event: 'close' | 'finish', listener: () => void): unknown;
}

function responseOf(context: IWebhookFunctions): ResponseInUse {
	const response: unknown = context.getResponseObject();
	return response as ResponseInUse;
}

/** Whether a delivery has its answer. */
export function isAnswered(context: IWebhookFunctions): boolean {
	return responseOf(context).headersSent;
}

/** Ends a delivery that starts nothing, with an answer of our own unless it has one. */
export function answer(
	context: IWebhookFunctions,
	status: number,
	words: string,
): IWebhookResponseData {
	const response = responseOf(context);
	if (!response.headersSent) {
		response.statusCode = status;
		response.setHeader('content-type', 'text/plain; charset=utf-8');
		response.end(words);
	}
	return { noWebhookResponse: true };
}

/** Ends a delivery that is fine but starts nothing. */
export function nothingToDo(context: IWebhookFunctions): IWebhookResponseData {
	return answer(context, 200, 'OK');
}

/** Ends a delivery that cannot be handled now; Extend sends it again. */
export function tryAgain(context: IWebhookFunctions): IWebhookResponseData {
	return answer(context, 503, 'Try again later');
}

/**
 * Tells, as soon as a delivery has been answered, whether it was accepted. A sender that has gone before
 * changes nothing about that: n8n may have started the execution all the same, and its answer tells.
 */
export async function whetherAccepted(context: IWebhookFunctions): Promise<boolean> {
	const response = responseOf(context);
	if (!response.writableEnded && !response.destroyed) {
		await new Promise<void>((resolve) => {
			response.once('finish', resolve);
			response.once('close', resolve);
		});
	}
	for (let look = 0; !response.writableEnded && look < MOST_LOOKS; look++) await sleep(LOOK_MS);
	return response.writableEnded && response.statusCode < 300;
}
