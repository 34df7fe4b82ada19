//! `lab-bench`: measures the binary `dicelab`; `lab-bench endure PART` says whether it holds what it promises under load.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use lab_bench::bench::{self, BenchArgs};
use lab_bench::endure::{self, EndureArgs};
use lab_bench::pairs::{self, PairsArgs};
use lab_bench::programs::emit::{self, EmitArgs};
use lab_bench::programs::hop::{self, HopArgs};

/// The lab's own cost beside a bare chain.
#[derive(Debug, clap::Parser)]
#[command(name = "lab-bench", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    role: Option<Role>,
    /// The binary to measure [default: dicelab beside this one]
    #[arg(long, value_name = "FILE", global = true)]
    dicelab: Option<PathBuf>,
    /// Where the lab's ports are, beyond their usual places
    #[arg(long, value_name = "N", default_value = "20000", value_parser = clap::value_parser!(u16).range(0..=50_000), global = true)]
    port_offset: u16,
    /// What the benchmark measures.
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Role {
    /// Load the lab for up to two hours, and judge what it kept
    Endure(EndureArgs),
    /// Make pairs of runs of the dice, equal ones and slower ones, and count what `dicelab diff` tells of them
    DiffPairs(PairsArgs),
    /// One service of the bare chain; started by the benchmark itself
    #[command(hide = true)]
    Hop(HopArgs),
    /// A program with telemetry, under `dicelab run`; started by the benchmark itself
    #[command(hide = true)]
    Emit(EmitArgs),
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    // One thread each, as the services at this load: the cores are shared by all processes.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(Role::Hop(args)) = &cli.role {
        runtime.block_on(hop::run(args))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(Role::Emit(args)) = &cli.role {
        runtime.block_on(emit::run(args))?;
        return Ok(ExitCode::SUCCESS);
    }
    let dicelab = cli.dicelab.map_or_else(bench::beside_this_binary, Ok)?;
    match &cli.role {
        Some(Role::Endure(args)) => runtime.block_on(endure::run(args, &dicelab, cli.port_offset)),
        Some(Role::DiffPairs(args)) => {
            runtime.block_on(pairs::run(args, &dicelab, cli.port_offset))?;
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            runtime.block_on(bench::run(&cli.bench, &dicelab, cli.port_offset))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
