//! The parts of `make endure` by name.

/// What the lab has to endure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Part {
    /// Four times as many senders as the machine sustains, who ignore the time to wait
    Overload,
    /// Kills of the lab and of its services under load
    Kills,
    /// Flipped bits in stored files
    Flips,
    /// Thousands of silent and slow clients
    Silent,
    /// Mutated queries, and bodies of every format
    Fuzz,
    /// Two hours of traffic: memory must stay flat
    Soak,
}

/// Tests that are a part of their own: the command that runs them, and the setting that says how much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tests {
    /// Arguments of cargo.
    pub arguments: &'static [&'static str],
    /// Environment variable and value.
    pub scale: (&'static str, &'static str),
}

impl Part {
    /// All of them, in the order of the record.
    pub const ALL: [Self; 6] = [Self::Overload, Self::Kills, Self::Flips, Self::Silent, Self::Fuzz, Self::Soak];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overload => "overload",
            Self::Kills => "kills",
            Self::Flips => "flips",
            Self::Silent => "silent",
            Self::Fuzz => "fuzz",
            Self::Soak => "soak",
        }
    }

    /// What it shows, for the record.
    pub fn about(self) -> &'static str {
        match self {
            Self::Overload => {
                "The rate that the machine sustains is measured; then four times as many senders of prepared bodies ignore \
                 the time to wait. What was acknowledged must be there or evicted, to the item; resident memory stays \
                 within `--max-memory` + 40 MB, and all files within 1.1 times `--max-disk`."
            }
            Self::Kills => {
                "The lab and its services are killed while every signal is sent two to five times, in shuffled, cut and \
                 overlapping batches. No acknowledged item may be lost, none may be there twice, and nothing else older \
                 than a second may be lost."
            }
            Self::Flips => {
                "One bit of a stored file is flipped at a time. A fixed set of queries must answer as before or say that \
                 something is damaged, and the start never panics."
            }
            Self::Silent => {
                "Silent, slow-head, slow-body and idle HTTP/2 connections, one port after the other. A new client must be \
                 answered within a second."
            }
            Self::Fuzz => {
                "Mutated queries of the three languages, and bodies of every ingestion format: no panic, no 5xx but the \
                 stated limits, and a bounded peak of memory."
            }
            Self::Soak => {
                "Traffic at 250 requests/s with `--max-disk 256MiB`. The memory of each process must be flat from minute 20 \
                 on."
            }
        }
    }

    /// The tests that are this part; none for a part that loads a lab from outside.
    pub fn tests(self, short: bool) -> Vec<Tests> {
        let of = |arguments, name, full, few| Tests { arguments, scale: (name, if short { few } else { full }) };
        match self {
            Self::Flips => {
                vec![of(
                    &["--release", "-p", "lab-api", "--test", "acceptance", "flips"],
                    "DICELAB_FLIPS",
                    "1000",
                    "20",
                )]
            }
            Self::Silent => {
                vec![of(&["-p", "dicelab", "--test", "e2e", "endure::silent"], "DICELAB_SILENT", "5000", "100")]
            }
            Self::Fuzz => vec![of(
                &["--release", "-p", "lab-api", "--test", "acceptance", "fuzz"],
                "DICELAB_FUZZ_QUERIES",
                "1000000",
                "2000",
            )],
            Self::Overload | Self::Kills | Self::Soak => Vec::new(),
        }
    }
}
