/** Most inputs that Extend takes in one batch (`WorkflowRunsCreateBatchRequest` of the official SDK). */
export const LARGEST_BATCH = 1000;

/** A batch before it is sent: inputs that agree in everything that belongs to the batch as a whole. */
export interface PlannedBatch<Settings, Input> {
	settings: Settings;
	inputs: Input[];
}

/**
 * Puts inputs into batches: groups them by their settings in order of appearance, keeps their order within
 * a group, and cuts each group into batches of at most `settings.batchSize`.
 */
export function planBatches<
	Settings extends { batchSize: number },
	Input extends { settings: Settings },
>(inputs: Input[]): Array<PlannedBatch<Settings, Input>> {
	const groups = new Map<string, Input[]>();
	let lastSettings: Settings | undefined;
	let lastGroup: Input[] = [];
	for (const input of inputs) {
		// Inputs usually share one settings object; then its key need not be made again.
		if (input.settings !== lastSettings) {
			const key = JSON.stringify(input.settings);
			lastSettings = input.settings;
			lastGroup = groups.get(key) ?? [];
			groups.set(key, lastGroup);
		}
		lastGroup.push(input);
	}
	const batches: Array<PlannedBatch<Settings, Input>> = [];
	for (const group of groups.values()) {
		const settings = group[0]!.settings;
		for (let start = 0; start < group.length; start += settings.batchSize) {
			batches.push({ settings, inputs: group.slice(start, start + settings.batchSize) });
		}
	}
	return batches;
}

/** Writes item indexes for people: `0–999, 1500, 1502–1503`. */
export function writeRanges(indexes: Iterable<number>): string {
	const ranges: Array<[number, number]> = [];
	for (const index of [...indexes].sort((a, b) => a - b)) {
		const last = ranges.at(-1);
		if (last && index <= last[1] + 1) last[1] = index;
		else ranges.push([index, index]);
	}
	return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
