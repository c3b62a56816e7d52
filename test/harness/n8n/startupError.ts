/**
 * A start that cannot go on, in words for the person at the terminal: what happened, and what to do.
 * Programs print it without a stack; anything else that is thrown is a fault of the program itself.
 */
export class StartupError extends Error {
	constructor(
		readonly whatHappened: string,
		readonly whatToDo: string,
		options?: { cause?: unknown },
	) {
		super(`${whatHappened}\n${whatToDo}`, options);
		this.name = 'StartupError';
	}
}
