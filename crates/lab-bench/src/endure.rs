//! `make endure PART=…`: whether the lab keeps what it promises under hours of load, kills and damage.
//!
//! Each part takes less than 130 minutes and is made of stages. A stage that is done is kept under `target/endure`, by
//! commit, so that a part which was stopped goes on where it was. At the end the part writes its commit and figures into
//! `docs/endurance.md`. The short forms, seconds instead of minutes, are tests of `dicelab` (`tests/e2e/endure`).
//!
//! | Room | What is in it |
//! |---|---|
//! | [`part`] | the parts by name |
//! | [`outcome`] | what a stage found: figures, and faults if there are any |
//! | [`session`] | the stages of a part, those that are done already left out |
//! | [`record`] | `docs/endurance.md` |
//! | [`feed`] | bodies of the three signals, and senders of them |
//! | [`count`] | what the lab has of them |
//! | [`overload`], [`kills`], [`soak`] | the parts that load a lab from outside |

pub mod count;
pub mod feed;
pub mod kills;
pub mod outcome;
pub mod overload;
pub mod part;
pub mod record;
pub mod session;
pub mod soak;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::endure::kills::Kills;
use crate::endure::overload::Overload;
use crate::endure::part::Part;
use crate::endure::session::Session;
use crate::endure::soak::Soak;

/// Which part, and how much of it.
#[derive(Debug, clap::Args)]
pub struct EndureArgs {
    /// What the lab has to endure
    #[arg(value_name = "PART")]
    part: Part,
    /// Seconds instead of minutes; the figures say so
    #[arg(long)]
    short: bool,
    /// Where the figures are written
    #[arg(long, value_name = "FILE", default_value = "docs/endurance.md")]
    record: PathBuf,
}

/// Makes the stages of a part that are not done yet, and writes the figures of all. Fails if a stage found a fault.
pub async fn run(args: &EndureArgs, dicelab: &Path, port_offset: u16) -> anyhow::Result<ExitCode> {
    let mut session = Session::open(args.part, args.short, dicelab, port_offset)?;
    match args.part {
        Part::Overload => overload::run(&mut session, &Overload::of(args.short)).await?,
        Part::Kills => kills::run(&mut session, &Kills::of(args.short)).await?,
        Part::Soak => soak::run(&mut session, &Soak::of(args.short)).await?,
        Part::Flips | Part::Silent | Part::Fuzz => session.tests(&args.part.tests(args.short)).await?,
    }
    let (section, is_good) = (session.section()?, session.is_good());
    record::write(&args.record, args.part, &section)?;
    eprintln!("endure: the figures of {} are in {}", args.part.name(), args.record.display());
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
