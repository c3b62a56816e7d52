import { setTimeout as pause } from 'node:timers/promises';

import { eachAtOnce } from '../../../nodes/extend/client/waiting';

describe('eachAtOnce', () => {
	/** Works through entries and notes what is begun and ended. */
	async function work(count: number, most: number) {
		const log: string[] = [];
		let atOnce = 0;
		let mostAtOnce = 0;
		function* entries() {
			for (let entry = 0; entry < count; entry++) {
				log.push(`take ${entry}`);
				yield entry;
			}
		}
		await eachAtOnce(entries(), most, async (entry) => {
			mostAtOnce = Math.max(mostAtOnce, ++atOnce);
			await Promise.resolve();
			log.push(`send ${entry}`);
			await pause(50);
			log.push(`end ${entry}`);
			atOnce--;
		});
		return { log, mostAtOnce };
	}

	it('does the work for every entry once, for so many of them side by side', async () => {
		const { log, mostAtOnce } = await work(20, 4);
		expect(mostAtOnce).toBe(4);
		const ended = log.filter((line) => line.startsWith('end')).map((line) => Number(line.slice(4)));
		expect(ended.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
	});

	it('begins the next only when what comes first has had its turn', async () => {
		const { log } = await work(3, 3);
		expect(log.slice(0, 4)).toEqual(['take 0', 'send 0', 'take 1', 'send 1']);
	});

	it('takes an entry only when somebody can work on it', async () => {
		const { log } = await work(5, 2);
		const third = log.indexOf('take 2');
		expect(log.slice(0, third).filter((line) => line.startsWith('end'))).toHaveLength(1);
	});

	it('has nothing to wait for where there are no entries', async () => {
		await expect(work(0, 8)).resolves.toEqual({ log: [], mostAtOnce: 0 });
	});

	it('fails when the work for one entry fails', async () => {
		const failing = eachAtOnce([1, 2, 3], 2, async (entry) => {
			await pause(1);
			if (entry === 3) throw new Error('third');
		});
		await expect(failing).rejects.toThrow('third');
	});
});
