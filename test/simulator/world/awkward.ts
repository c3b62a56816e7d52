import type { SimulatorSettings } from './settings';

/** What Extend can be awkward in although nothing fails. */
type AwkwardSettings = Pick<
	SimulatorSettings,
	| 'clockOffsetMs'
	| 'readableDelayMs'
	| 'listOrder'
	| 'parseRunOrder'
	| 'pageTokens'
	| 'unknownFileId'
>;

/** The name of a setting that Extend can be awkward in. */
export type Awkwardness = keyof AwkwardSettings;

/**
 * An Extend that favours nobody: each of this is possible by what is known of it. Its clock is behind,
 * which is the dangerous side, but within the five minutes that a signature may be old.
 */
export const AWKWARD: Readonly<AwkwardSettings> = {
	clockOffsetMs: -4 * 60_000,
	readableDelayMs: 2_000,
	listOrder: 'shuffled',
	parseRunOrder: 'oldestFirst',
	pageTokens: 'singleUse',
	unknownFileId: 'refuse404',
};

/** An Extend that makes nothing harder than need be. */
export const TAME: Readonly<AwkwardSettings> = {
	clockOffsetMs: 0,
	readableDelayMs: 0,
	listOrder: 'input',
	parseRunOrder: 'newestFirst',
	pageTokens: 'reusable',
	unknownFileId: 'runFails',
};

/**
 * Settings of an Extend that is tame in the given ways, or in all. A test that needs one says why:
 *
 *     startSimulator({ settings: tame('Reads runs at once to compare them', 'readableDelayMs') })
 */
export function tame(reason: string, ...ways: Awkwardness[]): Partial<SimulatorSettings> {
	if (reason.trim() === '') throw new Error('Say why the simulator has to be tame');
	if (ways.length === 0) return { ...TAME };
	return Object.fromEntries(ways.map((way) => [way, TAME[way]]));
}
