/**
 * Signed addresses: the signature changes each time one is made, the document behind it does not. A
 * parameter is dropped only where all that makes a signature of its kind is there, because the same name
 * may mean something else elsewhere, such as `?sig=` or `?Expires=`.
 */

/** How a service signs an address; names in lower case. */
interface SignatureKind {
	/** Parameters without which it is no such signature. */
	needs: readonly string[];
	/** Of each of these lists, one is needed too. */
	needsOneOf?: ReadonlyArray<readonly string[]>;
	/** Parameters that belong to the signature, and beginnings of their names. */
	names?: readonly string[];
	prefix?: string;
}

const KINDS: readonly SignatureKind[] = [
	// AWS Signature Version 4 (S3 API Reference, "Authenticating Requests: Using Query Parameters").
	{ needs: ['x-amz-algorithm', 'x-amz-credential', 'x-amz-signature'], prefix: 'x-amz-' },
	// AWS Signature Version 2 (S3 Developer Guide, "Signing and Authenticating REST Requests").
	{
		needs: ['awsaccesskeyid', 'signature', 'expires'],
		names: ['awsaccesskeyid', 'signature', 'expires', 'x-amz-security-token'],
	},
	// Google Cloud Storage, V4 signing process ("Signed URLs", canonical requests).
	{ needs: ['x-goog-algorithm', 'x-goog-credential', 'x-goog-signature'], prefix: 'x-goog-' },
	// Google Cloud Storage, V2 signing process.
	{
		needs: ['googleaccessid', 'signature', 'expires'],
		names: ['googleaccessid', 'signature', 'expires'],
	},
	// Azure Storage, account, service and user delegation SAS ("Delegate access with a shared access signature").
	{
		needs: ['sv', 'sig'],
		needsOneOf: [
			['sr', 'ss'],
			['se', 'si'],
		],
		names: [
			'saoid',
			'scid',
			'sdd',
			'se',
			'ses',
			'si',
			'sig',
			'sip',
			'ske',
			'skoid',
			'sks',
			'skt',
			'sktid',
			'skv',
			'sp',
			'spr',
			'sr',
			'srt',
			'ss',
			'st',
			'suoid',
			'sv',
		],
	},
	// CloudFront, canned and custom policies ("Use signed URLs").
	{
		needs: ['key-pair-id', 'signature'],
		needsOneOf: [['expires', 'policy']],
		names: ['expires', 'hash-algorithm', 'key-pair-id', 'policy', 'signature'],
	},
];

function isOfKind({ needs, needsOneOf = [] }: SignatureKind, names: ReadonlySet<string>): boolean {
	return (
		needs.every((name) => names.has(name)) &&
		needsOneOf.every((list) => list.some((name) => names.has(name)))
	);
}

function nameIn(parameter: string): string {
	const name = parameter.split('=', 1)[0] ?? '';
	try {
		return decodeURIComponent(name).toLowerCase();
	} catch {
		return name.toLowerCase();
	}
}

/** An address without the parameters of a signature; everything else of it stays as it is, in its order. */
export function withoutSignature(url: string): string {
	const start = url.indexOf('?');
	if (start < 0) return url;
	const hash = url.indexOf('#', start);
	const end = hash < 0 ? url.length : hash;
	const parameters = url
		.slice(start + 1, end)
		.split('&')
		.map((parameter) => ({ parameter, name: nameIn(parameter) }));
	const names = new Set(parameters.map(({ name }) => name));
	const kinds = KINDS.filter((kind) => isOfKind(kind, names));
	if (kinds.length === 0) return url;
	const kept = parameters.filter(
		({ name }) =>
			!kinds.some(
				(kind) =>
					kind.names?.includes(name) === true ||
					(kind.prefix !== undefined && name.startsWith(kind.prefix)),
			),
	);
	const query = kept.map(({ parameter }) => parameter).join('&');
	return `${url.slice(0, start)}${query === '' ? '' : `?${query}`}${url.slice(end)}`;
}
