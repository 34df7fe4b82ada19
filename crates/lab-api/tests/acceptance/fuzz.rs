//! Hostile input of every kind: queries of the three languages that grow, and bodies of every format that come in.
//! Whatever comes, the answer is a good one or a documented error; nothing panics, nothing hangs, and the process holds no
//! more memory than a lab of 256 MiB may.
//!
//! Each target runs for a second, or for as many as `DICELAB_FUZZ_SECONDS` says (`make fuzz`: ten minutes), or over as many
//! inputs as `DICELAB_FUZZ_QUERIES` says; a failure names the input, and `DICELAB_FUZZ_SEED` repeats a run. Where a process
//! ends without a word, `DICELAB_FUZZ_LAST` names a file that holds the last request.
//!
//! | Room | What is in it |
//! |---|---|
//! | `chance` | seeded chance, the loop, changes of bytes |
//! | `grammar` | queries with hostile numbers, odd characters, deep nesting, labels that grow |
//! | `ask`, `memory` | asking a router, and the bound on memory |
//! | `promql`, `logql`, `traceql` | the targets that are asked |
//! | `ingest` | the targets that take something in |

mod ask;
mod chance;
mod grammar;
mod ingest;
mod logql;
mod memory;
mod promql;
mod traceql;
