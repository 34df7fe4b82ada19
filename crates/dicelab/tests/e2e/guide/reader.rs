//! A reader of a page: runs each command from top to bottom and compares the output with what the page shows.

use std::path::Path;
use std::time::{Duration, Instant};

use dicelab::ports::Port;
use lab_testkit::eventually::patience;
use regex::{Captures, Regex};
use tokio::task::block_in_place;

use super::expect::compare;
use super::page::{Block, Page, Step};
use super::session::{Session, programs};
use crate::harness::{Lab, PORTS, Scratch};

/// The pause between two attempts of a block that is marked `eventually`.
const PAUSE: Duration = Duration::from_millis(200);

/// A command whose output differs from what the page shows.
pub(crate) struct Broken {
    /// Where the command stands, from 1.
    pub(crate) line: usize,
    /// The lines that the page would have to show instead, if only the output differs.
    pub(crate) output: Option<Vec<String>>,
    pub(crate) why: String,
}

/// Reads a whole page. After a command whose output differs, reading goes on with the next one.
pub(crate) async fn read(page: &Page) -> Vec<Broken> {
    let mut reader = Reader::new();
    if let Some(arguments) = &page.lab {
        reader.start_lab(arguments).await;
    }
    let mut broken = Vec::new();
    for command in &page.before {
        if let Err(why) = reader.succeed(command) {
            return vec![Broken { line: 1, output: None, why }];
        }
    }
    for block in &page.blocks {
        if block.needs.as_ref().is_some_and(|program| !exists(program)) {
            println!("{}: skipped, this machine has no {}", page.path.display(), block.needs.as_ref().expect("asked"));
            continue;
        }
        broken.extend(reader.block(block, &page.options).await);
    }
    broken
}

/// The reader's terminal, and the lab that runs in another.
struct Reader {
    session: Session,
    lab: Option<Lab>,
    home: Scratch,
}

impl Reader {
    fn new() -> Self {
        let home = Scratch::new();
        Self { session: Session::start(home.path()), lab: None, home }
    }

    /// Ends the running lab, if there is one, and starts another; returns what it writes until it is ready.
    async fn start_lab(&mut self, arguments: &str) -> String {
        self.lab = None;
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let lab = self.lab.insert(Lab::start_in(self.home.path(), &arguments).await);
        let offset = lab.offset();
        // From now on every `dicelab` command in this terminal uses the new lab.
        let said = lab.stderr();
        let told = block_in_place(|| self.session.run(&format!("export DICELAB_PORT_OFFSET={offset}")));
        assert!(told.is_ok(), "{told:?}");
        unshifted(&said, offset)
    }

    async fn block(&mut self, block: &Block, options: &str) -> Vec<Broken> {
        let mut broken = Vec::new();
        for (number, step) in block.steps.iter().enumerate() {
            let exit = if number + 1 == block.steps.len() { block.exit } else { 0 };
            let tried = if block.lab {
                let arguments = step.command.trim_start_matches("target/release/").trim_start_matches("dicelab ");
                let said = self.start_lab(&format!("{arguments} {options}")).await;
                compare(&step.output, &said, block.varies).map_err(|why| (why, said))
            } else {
                block_in_place(|| self.attempts(block, step, exit))
            };
            if let Err((why, printed)) = tried {
                let output = printed.trim_end().lines().map(|line| line.trim_end().to_owned()).collect();
                broken.push(Broken { line: step.line, output: Some(output), why });
            }
        }
        broken
    }

    /// Runs one command, again and again if its block is marked `eventually`; an error holds the difference and what was printed.
    fn attempts(&mut self, block: &Block, step: &Step, exit: i32) -> Result<(), (String, String)> {
        let deadline = Instant::now() + patience();
        loop {
            let (code, printed) = self.run(&step.command).map_err(|why| (why, String::new()))?;
            let mut outcome = compare(&step.output, &printed, block.varies);
            if code != exit {
                outcome = Err(format!("ended with {code}, not {exit}; it printed\n{printed}"));
            }
            match outcome {
                Ok(()) => return Ok(()),
                Err(_) if block.eventually && Instant::now() < deadline => std::thread::sleep(PAUSE),
                Err(why) => return Err((why, printed)),
            }
        }
    }

    /// Runs a command that must succeed.
    fn succeed(&mut self, command: &str) -> Result<(), String> {
        match block_in_place(|| self.run(command))? {
            (0, _) => Ok(()),
            (code, printed) => Err(format!("`{command}` ended with {code}: {printed}")),
        }
    }

    fn run(&mut self, command: &str) -> Result<(i32, String), String> {
        let offset = self.lab.as_ref().map_or(0, Lab::offset);
        let (code, printed) = self.session.run(&shifted(command, offset))?;
        Ok((code, unshifted(&printed, offset)))
    }
}

/// The command with the ports of a lab that listens at an offset.
fn shifted(command: &str, offset: u16) -> String {
    let moved = |text: String, port: Port| {
        ["localhost", "127.0.0.1"].iter().fold(text, |text, host| {
            let there = format!("{host}:{}", port.number() + offset);
            text.replace(&format!("{host}:{}", port.number()), &there)
        })
    };
    PORTS.into_iter().fold(command.to_owned(), moved)
}

/// The output with the ports that a lab without an offset would have printed.
fn unshifted(printed: &str, offset: u16) -> String {
    let number = Regex::new(r"\b[0-9]{4,5}\b").expect("a pattern");
    let usual = |found: &Captures<'_>| {
        let port = PORTS.into_iter().find(|port| found[0] == (port.number() + offset).to_string());
        port.map_or_else(|| found[0].to_owned(), |port| port.number().to_string())
    };
    number.replace_all(printed, usual).into_owned()
}

fn exists(program: &str) -> bool {
    std::env::split_paths(&programs()).any(|folder| Path::new(&folder).join(program).exists())
}
