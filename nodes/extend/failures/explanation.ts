import { NodeApiError } from 'n8n-workflow';
import type { INode, JsonObject } from 'n8n-workflow';

import {
	OUT_OF_TIME,
	REQUEST_TOO_LARGE,
	UNREADABLE_FILE,
	asksForWorkspace,
	concernsAll,
	isAboutCertificate,
} from './failure';
import type { CallFailure } from './failure';
import { withoutPositions } from './wording';

const LONGEST_QUOTE = 500;

function shorten(text: string): string {
	return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

/** What a failure means for the person at the canvas: what happened, and what to do now. */
export interface Explanation {
	happened: string;
	advice: string;
}

const CHECK_ADDRESS =
	'Check the region or base URL in the Extend API credential, and whether this n8n instance may reach that address.';

/** Refusals by their status. */
const REFUSALS: Partial<Record<number, Explanation>> = {
	401: {
		happened: 'Extend does not recognize the API token',
		advice:
			'In the Extend API credential, check that the token is complete and not revoked, and that Region is that of your workspace.',
	},
	402: {
		happened: 'Extend has blocked usage of this workspace',
		advice: 'Check the credits and the billing of your Extend workspace, then run again.',
	},
	403: {
		happened: 'the API token does not have permission',
		advice:
			'Check the permissions of the token in Extend, and Workspace ID in the Extend API credential.',
	},
	410: {
		happened: "this node is too old for Extend's API",
		advice:
			'Update the package n8n-nodes-extend-ai in n8n under Settings, Community nodes, then run again.',
	},
	413: {
		happened: 'the request is too large for Extend',
		advice: 'Choose a smaller batch size, or a smaller file.',
	},
	429: {
		happened: 'Extend’s rate limit has blocked all calls for a long time',
		advice: 'Run again later, or ask Extend for a higher rate limit.',
	},
};

function explainNotSent({ code = '', retryable }: CallFailure): Explanation {
	if (code === UNREADABLE_FILE) {
		return {
			happened: 'n8n could not read the file',
			advice: 'Run the node that reads or downloads it again.',
		};
	}
	if (code === REQUEST_TOO_LARGE) {
		return {
			happened: 'the request is too large to be sent',
			advice: 'Choose a smaller batch size, or upload long texts as files.',
		};
	}
	if (code === 'ECONNREFUSED') {
		return {
			happened: 'the connection to Extend was refused',
			advice:
				'Nothing answers at that address and port, or a firewall or proxy blocks it. Check the region or base URL in the Extend API credential.',
		};
	}
	if (code === 'ENOTFOUND') {
		return {
			happened: 'the host name in the address of Extend does not exist',
			advice:
				'Check the region or base URL in the Extend API credential, and the DNS settings of the machine on which n8n runs.',
		};
	}
	if (code === 'EAI_AGAIN') {
		return {
			happened: 'the host name in the address of Extend could not be looked up',
			advice:
				'Check the network and the DNS settings of the machine on which n8n runs, and the region or base URL in the Extend API credential.',
		};
	}
	if (isAboutCertificate(code)) {
		return {
			happened: 'n8n does not trust the certificate at the address of Extend',
			advice:
				'Check the base URL in the Extend API credential. If a proxy or your own server answers there, give n8n its root certificate (NODE_EXTRA_CA_CERTS), and make sure that it has not expired.',
		};
	}
	return retryable === false
		? {
				happened: 'the request could not be made',
				advice: 'Check the Extend API credential and the network rules of this n8n instance.',
			}
		: { happened: 'Extend could not be reached', advice: CHECK_ADDRESS };
}

function explainUnknown({ status, code = '', requestId }: CallFailure): Explanation {
	const isTimeOut = /^(ETIMEDOUT|ECONNABORTED|ESOCKETTIMEDOUT)$/.test(code);
	return {
		happened:
			status === undefined
				? isTimeOut
					? 'Extend did not answer in time'
					: 'the connection to Extend broke'
				: status >= 400
					? `Extend could not answer (HTTP ${status})`
					: 'the answer from Extend could not be read',
		advice:
			requestId === undefined
				? 'Try again later.'
				: 'Try again later. If it keeps happening, give Extend the request ID.',
	};
}

function explainRefusal(failure: CallFailure, subject: string): Explanation {
	const { status = 0 } = failure;
	if (status < 400) {
		return {
			happened: 'the address redirects elsewhere',
			advice: 'Check the region or base URL in the Extend API credential.',
		};
	}
	if (asksForWorkspace(failure) && status !== 401 && status !== 403) {
		return {
			happened: 'Extend needs to know the workspace',
			advice:
				'The token belongs to a whole organization. Fill in Workspace ID in the Extend API credential.',
		};
	}
	if (status === 404) {
		return {
			happened: `Extend cannot find the ${subject}`,
			advice:
				'Check the ID. Extend also says this if it belongs to another workspace or region, so check the Extend API credential too.',
		};
	}
	const known = failure.code === 'ENDPOINT_REMOVED' ? REFUSALS[410] : REFUSALS[status];
	return (
		known ?? {
			happened: 'Extend refused the request',
			advice: 'Correct what Extend mentions, then run again.',
		}
	);
}

/**
 * Puts a failure into words that do not depend on Extend's wording.
 * @param subject what was looked for, in case it is not there, such as `workflow or version`
 */
export function explain(failure: CallFailure, subject: string): Explanation {
	switch (failure.kind) {
		case 'cancelled':
		case 'interrupted':
			return failure.code === OUT_OF_TIME
				? { happened: 'there was no time left for it', advice: 'Try again later.' }
				: { happened: 'the execution was stopped', advice: '' };
		case 'notSent':
			return explainNotSent(failure);
		case 'unknown':
			return explainUnknown(failure);
		case 'refused':
			return explainRefusal(failure, subject);
	}
}

/** n8n shows descriptions as HTML; what others wrote must stay text. */
export function escapeHtml(text: string): string {
	return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/**
 * What Extend said, its code and its request id, in one sentence each; empty if it said nothing. It belongs
 * at the end of an error, behind what to do.
 */
export function quote(failure: CallFailure): string {
	const parts: string[] = [];
	if (failure.message !== '') {
		const isLocal = failure.kind === 'notSent' && failure.retryable === false;
		// What could not be read is in words of our own.
		const isUnread = failure.kind === 'unknown' && (failure.status ?? 400) < 400;
		const isExtend = failure.status !== undefined && !isUnread;
		const who = isExtend ? 'Extend says' : isLocal || isUnread ? 'Reason' : 'The network reports';
		const code = failure.code && failure.status !== undefined ? ` (${failure.code})` : '';
		parts.push(`${who}: “${shorten(withoutPositions(failure.message))}”${code}.`);
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
	/** The item it was about; not told if the failure concerns all. */
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
	const { task, subject = 'resource', facts } = purpose;
	const itemIndex = concernsAll(failure) ? undefined : purpose.itemIndex;
	const explanation = explain(failure, subject);
	const message = purpose.headline ?? `${task}: ${explanation.happened}`;
	const description = [purpose.advice ?? explanation.advice, purpose.more ?? '', quote(failure)]
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
