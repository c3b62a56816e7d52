/** Holds what the node told against what really happened at Extend. */
import type { IDataObject } from 'n8n-workflow';

import type { Simulator } from '../../simulator';
import type { RunResult } from '../../harness/engine';
import { errorsByItem, linkedItems } from './batchRun';

/** What is wrong with the account that the node gave of its job; all empty if nothing is. */
export interface Discrepancies {
	/** Documents that became more than one run. */
	doubled: string[];
	/** Batches that Extend accepted, but neither the output nor the error names. */
	forgotten: string[];
	/** Items of which neither the output nor the error says what became of them. */
	unaccounted: number[];
	/** Items that are said to have no run but have one, or the other way round. */
	wrong: number[];
}

/** Reads `0–4, 9` back into indexes. */
export function readRanges(text: string): number[] {
	return text
		.split(', ')
		.filter((range) => range !== '')
		.flatMap((range) => {
			const [from = NaN, to = from] = range.split('–').map(Number);
			return Array.from({ length: to - from + 1 }, (_, index) => from + index);
		});
}

interface Facts {
	acceptedBatches?: Array<{ batchId: string; items: string }>;
	notAcceptedItems?: string;
	notSubmittedItems?: string;
	unknownSubmissions?: Array<{ items: string }>;
}

/** The batch that an output item names, one for each batch or one for each input. */
function batchIdOf({ batchId, extend, error }: IDataObject): string | undefined {
	if (error !== undefined) return undefined;
	const named = batchId ?? (extend as IDataObject | undefined)?.batchId;
	return typeof named === 'string' ? named : undefined;
}

/**
 * Compares output and error of a run with the simulator's ledger.
 * @param documents the document of each item, in order
 */
export function findDiscrepancies(
	simulator: Simulator,
	{ outputs, error, hints }: RunResult,
	documents: string[],
): Discrepancies {
	const items = outputs.flat();
	const facts: Facts = outputs.length > 0 && error === undefined ? {} : (error?.context ?? {});

	const claimedBatch = new Map<number, string>();
	for (const item of items) {
		const batchId = batchIdOf(item.json);
		if (batchId === undefined) continue;
		for (const index of linkedItems(item)) claimedBatch.set(index, batchId);
	}
	for (const { batchId, items: ranges } of facts.acceptedBatches ?? []) {
		for (const index of readRanges(ranges)) claimedBatch.set(index, batchId);
	}
	const claimedFailed = new Set([
		...errorsByItem(items).keys(),
		...readRanges(facts.notAcceptedItems ?? ''),
		...readRanges(facts.notSubmittedItems ?? ''),
	]);
	const claimedUnknown = new Set(
		(facts.unknownSubmissions ?? []).flatMap(({ items: ranges }) => readRanges(ranges)),
	);
	for (const item of items) {
		const details = item.json.details as { submission?: string } | undefined;
		if (details?.submission === undefined) continue;
		for (const index of linkedItems(item)) claimedUnknown.add(index);
	}

	const realBatch = new Map<string, string | null>();
	for (const { document, batchId } of simulator.ledger.runs) realBatch.set(document, batchId);
	// A batch that no item stands for must be named all the same: it came too late, or its item changed.
	const told = JSON.stringify([hints, error?.context, error?.description]);
	const claimedBatches = new Set(claimedBatch.values());
	const indexes = documents.map((_, index) => index);
	return {
		doubled: simulator.ledger.account(documents).doubled,
		forgotten: simulator.ledger.batches
			.filter(({ batchId, runIds }) => runIds.length > 0 && !claimedBatches.has(batchId))
			.filter(({ batchId }) => !told.includes(batchId))
			.filter(
				({ batchId }) =>
					!indexes.some(
						(index) => claimedUnknown.has(index) && realBatch.get(documents[index]!) === batchId,
					),
			)
			.map(({ batchId }) => batchId),
		unaccounted: indexes.filter(
			(index) =>
				!claimedBatch.has(index) && !claimedFailed.has(index) && !claimedUnknown.has(index),
		),
		wrong: indexes.filter((index) => {
			if (claimedUnknown.has(index)) return false;
			return claimedBatch.get(index) !== (realBatch.get(documents[index]!) ?? undefined);
		}),
	};
}

/** How many things are wrong. */
export function countDiscrepancies(found: Discrepancies): number {
	const { doubled, forgotten, unaccounted, wrong } = found;
	return doubled.length + forgotten.length + unaccounted.length + wrong.length;
}
