import { openTrigger } from './playedTrigger';

// It tries for some time, so it has a suite of its own.
it('publishing says in one line that the connection to Extend was refused', async () => {
	const trigger = await openTrigger({ url: 'http://127.0.0.1:9' });
	try {
		await expect(trigger.create()).rejects.toMatchObject({
			message: 'The webhook endpoints could not be listed: the connection to Extend was refused',
		});
	} finally {
		await trigger.close();
	}
});
