/** A property that fails needs no smallest example here, and the same faults are to be noticed each time. */
const { configureGlobal } = require('fast-check');

configureGlobal({ endOnFailure: true, seed: 1 });
