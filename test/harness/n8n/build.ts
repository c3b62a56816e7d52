import { buildPackage } from './packedPackage';

/** Setup of the suites that test the package as it would be published: builds it from the sources of now. */
export default async function build(): Promise<void> {
	await buildPackage();
}
