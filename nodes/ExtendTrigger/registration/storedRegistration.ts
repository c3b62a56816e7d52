import type { IDataObject } from 'n8n-workflow';

/** What is kept of a registration in the node's static data. */
export interface StoredRegistration {
	endpointId: string;
	signingSecret: string;
}

/** The registration that is stored, if it is whole. */
export function readRegistration(staticData: IDataObject): StoredRegistration | undefined {
	const { endpointId, signingSecret } = (staticData.registration ??
		{}) as Partial<StoredRegistration>;
	if (typeof endpointId !== 'string' || endpointId === '') return undefined;
	if (typeof signingSecret !== 'string' || signingSecret === '') return undefined;
	return { endpointId, signingSecret };
}
