import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

/** What is used of n8n's response object; its own type belongs to a package that nodes do not have. */
interface ResponseInUse {
	statusCode: number;
	readonly headersSent: boolean;
	readonly writableEnded: boolean;
	readonly writableFinished: boolean;
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

/** Tells when a delivery has been answered, and whether it was accepted. */
export async function whetherAccepted(context: IWebhookFunctions): Promise<boolean> {
	const response = responseOf(context);
	return await new Promise((resolve) => {
		const conclude = () => {
			resolve(response.writableEnded && response.statusCode < 300);
		};
		if (response.writableFinished || response.destroyed) conclude();
		else {
			response.once('finish', conclude);
			response.once('close', conclude);
		}
	});
}
