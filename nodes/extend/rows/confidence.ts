import { isObject } from '../../parameters/checks';

/** The lowest of some scores, and the path of the field that has it, such as `line_items[0].total`. */
export interface LowestScore {
	score: number | null;
	field: string | null;
}

/** How sure Extend is of what it extracted from a document. */
export interface Confidence {
	/** From 0 to 1: the lower of a field's OCR and log-probability confidences. */
	confidence: LowestScore;
	/** From 1 (significant problems) to 5: what Extend's Review Agent gave; absent unless it was on. */
	reviewScore: LowestScore | undefined;
}

const isScore = (value: unknown): value is number =>
	typeof value === 'number' && Number.isFinite(value);

class Lowest implements LowestScore {
	score: number | null = null;

	field: string | null = null;

	take(field: string, scores: unknown[]): void {
		for (const score of scores.filter(isScore)) {
			if (this.score !== null && score >= this.score) continue;
			this.score = score;
			this.field = field;
		}
	}
}

/**
 * The lowest scores of an extraction.
 * @param metadata as in `output.metadata`: by the path of a field its `ocrConfidence`, `logprobsConfidence`
 * (both 0 to 1, both may be missing or null) and `reviewAgentScore` (1 to 5, with the Review Agent only);
 * Extend docs, "Confidence Scores", and SDK type `ExtractOutputMetadataValue`
 */
export function confidenceIn(metadata: Record<string, unknown>): Confidence {
	const confidence = new Lowest();
	const reviewScore = new Lowest();
	for (const [field, scores] of Object.entries(metadata)) {
		if (!isObject(scores)) continue;
		confidence.take(field, [scores.ocrConfidence, scores.logprobsConfidence]);
		reviewScore.take(field, [scores.reviewAgentScore]);
	}
	return { confidence, reviewScore: reviewScore.score === null ? undefined : reviewScore };
}
