import { join } from 'node:path';

/** The npm package that carries a Node binary for a platform, and where the binary is inside it. */
export interface NodePackage {
	name: string;
	/** Relative to the directory the package is installed in. */
	binary: string;
}

/** n8n may need a newer Node than the one that runs this program; npm has them as packages. */
export function nodePackage(
	platform: NodeJS.Platform = process.platform,
	arch: string = process.arch,
): NodePackage {
	const system = platform === 'win32' ? 'win' : platform;
	// On Apple silicon the plain name belongs to somebody else's package.
	const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node';
	const name = `${prefix}-${system}-${arch}`;
	const binary = platform === 'win32' ? 'node.exe' : 'node';
	return { name, binary: join('node_modules', name, 'bin', binary) };
}

/** The major version in a range such as `>=24.0.0`, the lowest that serves. */
export function lowestMajor(range: string | undefined): number {
	return Number.parseInt(/\d+/.exec(range ?? '')?.[0] ?? '0', 10);
}

/** The major version of a Node version such as `v20.20.2`. */
export function majorOf(version: string): number {
	return lowestMajor(version);
}
