//! Rolls one die, or a batch of dice concurrently.
