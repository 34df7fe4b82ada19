//! Simulated users, the ledger of what they did, and the concurrency measurement.
