import fc from 'fast-check';

import { withoutSignature } from '../../../nodes/ExtendBatchRunWorkflow/jobKey/signedUrls';

const S3 = 'https://bucket.s3.eu-central-1.amazonaws.com/in/invoice%201.pdf';
const GOOGLE = 'https://storage.googleapis.com/bucket/invoice.pdf';
const AZURE = 'https://account.blob.core.windows.net/in/invoice.pdf';
const CLOUD_FRONT = 'https://d111111abcdef8.cloudfront.net/invoice.pdf';

/** Addresses as the services make them, with other values each time. */
const SIGNED: Record<string, { plain: string; sign: (random: string) => string }> = {
	'S3, version 4': {
		plain: S3,
		sign: (random) =>
			`${S3}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA${random}%2F20261125%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20261125T0${random.length}0000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Security-Token=${random}&X-Amz-Signature=${random}`,
	},
	'S3, version 4, with a version of the object and an operation': {
		plain: `${S3}?versionId=abc&x-id=GetObject`,
		sign: (random) =>
			`${S3}?versionId=abc&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Credential=${random}&X-Amz-Date=${random}&X-Amz-Expires=900&X-Amz-Signature=${random}&X-Amz-SignedHeaders=host&x-id=GetObject`,
	},
	'S3, version 2': {
		plain: S3,
		sign: (random) =>
			`${S3}?AWSAccessKeyId=${random}&Signature=${random}%3D&x-amz-security-token=${random}&Expires=1764${random.length}`,
	},
	'Google, version 4': {
		plain: `${GOOGLE}?generation=17`,
		sign: (random) =>
			`${GOOGLE}?generation=17&X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=${random}&X-Goog-Date=${random}&X-Goog-Expires=900&X-Goog-SignedHeaders=host&X-Goog-Signature=${random}`,
	},
	'Google, version 2': {
		plain: GOOGLE,
		sign: (random) =>
			`${GOOGLE}?GoogleAccessId=${random}%40project.iam&Expires=17640${random.length}&Signature=${random}`,
	},
	'Azure, one blob': {
		plain: AZURE,
		sign: (random) =>
			`${AZURE}?sv=2024-11-04&st=2026-11-2${random.length % 10}T08%3A00Z&se=2026-11-26T08%3A00Z&sr=b&sp=r&sig=${random}%3D`,
	},
	'Azure, the whole account': {
		plain: AZURE,
		sign: (random) => `${AZURE}?sv=2024-11-04&ss=b&srt=o&sp=r&se=${random}&spr=https&sig=${random}`,
	},
	'Azure, by a user': {
		plain: `${AZURE}?versionid=2026-11-25T10%3A00%3A00.0000000Z`,
		sign: (random) =>
			`${AZURE}?versionid=2026-11-25T10%3A00%3A00.0000000Z&skoid=${random}&sktid=${random}&skt=${random}&ske=${random}&sks=b&skv=2024-11-04&sv=2024-11-04&se=${random}&sr=b&sp=r&sig=${random}`,
	},
	'Azure, by a stored policy': {
		plain: AZURE,
		sign: (random) => `${AZURE}?si=readers&sr=c&sv=2024-11-04&sig=${random}`,
	},
	'CloudFront, canned policy': {
		plain: `${CLOUD_FRONT}?size=large`,
		sign: (random) =>
			`${CLOUD_FRONT}?size=large&Expires=1764${random.length}&Signature=${random}__&Key-Pair-Id=K${random}`,
	},
	'CloudFront, policy of one’s own': {
		plain: CLOUD_FRONT,
		sign: (random) =>
			`${CLOUD_FRONT}?Policy=${random}_&Signature=${random}~&Key-Pair-Id=K${random}&Hash-Algorithm=SHA256`,
	},
};

const anyToken = fc.stringMatching(/^[A-Za-z0-9]{1,60}$/);

describe('a URL without its signature', () => {
	test.each(Object.entries(SIGNED))('%s', (_kind, { plain, sign }) => {
		fc.assert(
			fc.property(anyToken, (random) => {
				expect(withoutSignature(sign(random))).toBe(plain);
			}),
		);
	});

	test.each([
		'https://example.com/document?id=17',
		'https://example.com/document?id=17&Expires=3',
		'https://example.com/document?sig=a&id=17',
		'https://example.com/document?sv=1&sig=a',
		'https://example.com/document?sig=a&sr=b&se=c',
		'https://example.com/document?sv=1&sig=a&sr=b&sp=c',
		'https://example.com/document?signature=a&expires=3',
		'https://example.com/document?Policy=7&Expires=3',
		'https://example.com/document?x-amz-meta-id=17&x-amz-date=3',
		'https://example.com/document?token=eyJhbGciOi',
		'https://example.com/document?',
		'https://example.com/document#page=2',
		'https://example.com/a?b=%zz&c',
	])('leaves alone what is no signature: %s', (url) => {
		expect(withoutSignature(url)).toBe(url);
	});

	it('keeps what else is in a signed address, in its order, with the fragment', () => {
		const url = SIGNED['S3, version 2']!.sign('secret').replace('?', '?b=2&a=1&') + '#page=2';
		expect(withoutSignature(url)).toBe(`${S3}?b=2&a=1#page=2`);
	});

	it('keeps different documents apart', () => {
		fc.assert(
			fc.property(
				fc.webUrl({ withQueryParameters: true }),
				fc.webUrl({ withQueryParameters: true }),
				(one, other) => {
					fc.pre(one !== other);
					const sign = (url: string) =>
						`${url}${url.includes('?') ? '&' : '?'}X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c`;
					expect(withoutSignature(sign(one))).not.toBe(withoutSignature(sign(other)));
				},
			),
		);
	});
});
