import { cancel as cancelBatch } from './actions/batch/cancel.operation';
import { deleteRuns } from './actions/batch/deleteRuns.operation';
import { getStatus } from './actions/batch/getStatus.operation';
import type { Operation } from './operation';

/** Every operation of the node, by name within each resource. */
export const OPERATIONS: readonly Operation[] = [cancelBatch, deleteRuns, getStatus];
