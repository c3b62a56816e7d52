/**
 * Loaded into n8n before its own code: ends it when the program that started it is gone without
 * having had the chance to end it (killed, crashed), so that no instance is left behind.
 */
const parent = process.ppid;

setInterval(() => {
	if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, 2_000).unref();
