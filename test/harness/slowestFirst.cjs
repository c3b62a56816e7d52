/**
 * The order of the test files where jest knows nothing of earlier runs, as in a fresh clone: first the
 * suites that wait longest, so that none of them is begun last and runs on alone. Then by size, as jest does.
 */
'use strict';

const { default: Sequencer } = require('@jest/test-sequencer');

/** How long a suite takes that waits or computes for long, in seconds, about; only the order counts. */
const SECONDS = {
	'nodes/batchRun/lostAnswers': 65,
	'nodes/trigger/finishedBatch': 60,
	'nodes/trigger/largePayloads': 50,
	'nodes/polling/polling': 40,
	'nodes/trigger/results': 35,
	'nodes/trigger/trouble': 35,
	'nodes/batchRun/secondTries': 35,
	'nodes/batchRun/safety': 35,
	'nodes/jobKey/together': 35,
	'nodes/listRuns/waiting': 35,
	'nodes/extend/batch': 30,
	'nodes/trigger/lostEvents': 25,
	'nodes/trigger/delivery': 20,
	'nodes/extend/run': 20,
	'nodes/trigger/noConnection': 15,
	'unit/batchRun/badInputSearch': 12,
};

const secondsOf = ({ path }) => {
	const name = path.replaceAll('\\', '/').match(/\/test\/(.+)\.test\.ts$/)?.[1];
	return SECONDS[name] ?? 0;
};

module.exports = class SlowestFirst extends Sequencer {
	sort(tests) {
		const bySize = super.sort(tests);
		const isKnown = bySize.some((test) => test.duration !== undefined);
		return isKnown ? bySize : bySize.sort((one, other) => secondsOf(other) - secondsOf(one));
	}
};
