import { LONGEST_NAME } from '../../extend/api/webhooks';

/** Some of Extend's names must not hold slashes; nobody wants to see line breaks. */
function withoutSlashes(name: string): string {
	return name
		.replace(/[/\\]+/g, '-')
		.replace(/[\s\p{Cc}]+/gu, ' ')
		.trim();
}

/** As many whole characters as fit. */
function shortened(name: string, room: number): string {
	let short = '';
	for (const character of name) {
		if (short.length + character.length > room) break;
		short += character;
	}
	return short.trim();
}

/** A name that tells in Extend's dashboard whose endpoint it is. */
export function endpointName(workflowName: string, nodeName: string): string {
	const node = shortened(withoutSlashes(nodeName), 40);
	const room = LONGEST_NAME - 'n8n:  - '.length - node.length;
	return `n8n: ${shortened(withoutSlashes(workflowName), room)} - ${node}`;
}
