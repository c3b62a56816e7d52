export { API_VERSION, TOKENS, WORKSPACES } from './access';
export { AWKWARD, tame } from './awkward';
export type { Awkwardness } from './awkward';
export type { EventToEmit } from './emission';
export { FAULT_KINDS } from './faults';
export type {
	ActiveFault,
	Fault,
	FaultEffect,
	FaultKind,
	FaultTarget,
	FaultTiming,
	PathPattern,
} from './faults';
export type { ReviewDecision } from './humanReview';
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
} from './ledger';
export { OTHER_WORKSPACE_WORKFLOW, SEED_WORKFLOWS } from './seed';
export type { ListOrder } from './listOrder';
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
} from './settings';
export { startSimulator } from './simulator';
export type { FaultControl, SeededWorkflow, Simulator, StartOptions } from './simulator';
export type { SimulatorSummary } from './summary';
