export { API_VERSION, TOKENS, WORKSPACES } from './http/access';
export { AWKWARD, tame } from './world/awkward';
export type { Awkwardness } from './world/awkward';
export type { EventToEmit } from './webhooks/emission';
export { FAULT_KINDS } from './http/faults';
export type {
	ActiveFault,
	Fault,
	FaultEffect,
	FaultKind,
	FaultTarget,
	FaultTiming,
	PathPattern,
} from './http/faults';
export type { ReviewDecision } from './runs/humanReview';
export type {
	Account,
	DeliveryAttempt,
	Ledger,
	LedgerBatch,
	LedgerDelivery,
	LedgerRequest,
	LedgerRun,
	LedgerUpload,
	RequestCounts,
} from './world/ledger';
export { OTHER_WORKSPACE_WORKFLOW, SEED_WORKFLOWS } from './world/seed';
export type { ListOrder } from './runs/listOrder';
export type {
	ApiKind,
	BadInputs,
	EndpointNames,
	EndpointUrls,
	ErrorShape,
	PageTokenUse,
	Poison,
	PositionStyle,
	RateCategory,
	RateLimiterKind,
	RetryAfter,
	SimulatorSettings,
	SteeredOutcome,
	UnknownFileId,
} from './world/settings';
export { startSimulator } from './simulator';
export type { FaultControl, SeededWorkflow, Simulator, StartOptions } from './simulator';
export type { SimulatorSummary } from './world/summary';
