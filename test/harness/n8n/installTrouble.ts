import { NpmError } from './npm';
import { StartupError } from './startupError';

const UNREACHABLE =
	/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT)\b/;
const UNKNOWN_VERSION = /\b(E404|ETARGET)\b/;

/** Puts an installation that failed into words: what happened, and what to do about it. */
export function explainInstallTrouble(error: unknown, what: string, logFile: string): StartupError {
	if (error instanceof StartupError) return error;
	const text = error instanceof NpmError ? `${error.code ?? ''}\n${error.output}` : String(error);
	const systemCode = (error as NodeJS.ErrnoException).code;
	const is = (pattern: RegExp) => pattern.test(text) || pattern.test(systemCode ?? '');
	const say = (whatHappened: string, whatToDo: string) =>
		new StartupError(whatHappened, whatToDo, { cause: error });

	if (is(/\bENOSPC\b/)) {
		return say(
			`The disk became full while ${what} was being installed.`,
			'Free about 5 GB (or point N8N_NODES_EXTEND_AI_CACHE at a larger disk) and start again.',
		);
	}
	if (is(/\b(EACCES|EPERM|EROFS)\b/)) {
		return say(
			`${what} could not be installed: a file or directory may not be written.`,
			`Make the cache directory writable, or point N8N_NODES_EXTEND_AI_CACHE at one that is, and start again. npm's output: ${logFile}`,
		);
	}
	const code = error instanceof NpmError ? (error.code ?? '') : (systemCode ?? '');
	if (UNREACHABLE.test(code) || (code === '' && UNREACHABLE.test(text))) {
		return say(
			`${what} could not be installed: the npm registry could not be reached (${UNREACHABLE.exec(text)?.[1] ?? code}).`,
			'Check the network (and the proxy settings of npm), then start again; packages that did arrive are kept in the cache of npm.',
		);
	}
	if (UNKNOWN_VERSION.test(code)) {
		return say(
			`${what} could not be installed: the npm registry does not know this version, or one it needs.`,
			'Choose another version with N8N_VERSION.',
		);
	}
	return say(
		`${what} could not be installed.\n${lastErrors(text)}`,
		`The whole output of npm is in ${logFile}. Start again to try once more.`,
	);
}

/** The driver of SQLite is the one part that is compiled, so it has a message of its own. */
export function explainDriverTrouble(cause: unknown, logFile: string): StartupError {
	if (cause instanceof NpmError && /\bENOSPC\b/.test(cause.output)) {
		return explainInstallTrouble(cause, 'n8n', logFile);
	}
	return new StartupError(
		'The SQLite driver of n8n could neither be downloaded ready-made nor compiled.',
		`Install Python 3, make and a C++ compiler (on Debian and Ubuntu: apt-get install python3 make g++) and start again. Output: ${logFile}`,
		{ cause },
	);
}

/** The last lines in which npm says what went wrong, without the addresses it was talking to. */
function lastErrors(text: string): string {
	return text
		.split('\n')
		.filter((line) => /^npm (error|ERR!)/.test(line))
		.filter((line) => !line.includes('complete log of this run'))
		.slice(0, 8)
		.map((line) => line.replace(/https?:\/\/[^/\s]+/g, 'the npm registry'))
		.join('\n');
}
