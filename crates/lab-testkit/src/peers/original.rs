//! An original product whose answers are recorded: one that runs already, or one that is started for it.

use crate::peers::program::Program;
use crate::peers::running::{Place, Running, free_port};

/// A product that answers.
#[derive(Debug)]
pub struct Original {
    /// Its address, such as `http://127.0.0.1:3100`.
    pub url: String,
    /// The ports that were chosen for it as `$PORT0`, `$PORT1` and so on; empty if it ran already.
    pub ports: Vec<u16>,
    /// Its version; empty if it ran already and is to be asked.
    pub version: String,
    _process: Option<Running>,
}

/// How a product is started.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The name of its file.
    pub program: &'a str,
    /// Names and contents of the files that are put into its directory.
    pub files: &'a [(&'a str, &'a str)],
    /// Its arguments. In these and in the files, `$DATA` is its directory, and `$PORT0`, where it answers, to `$PORT7` are free
    /// ports.
    pub arguments: &'a [&'a str],
    /// A path that is answered with success when it is ready.
    pub ready: &'a str,
}

impl Original {
    /// The product whose address stands in this environment variable, or else the one that is found and started, or none.
    pub async fn find(variable: &str, start: Start<'_>) -> Option<Self> {
        if let Some(url) = std::env::var(variable).ok().filter(|address| !address.is_empty()) {
            return Some(Self { url, ports: Vec::new(), version: String::new(), _process: None });
        }
        Self::start(start).await
    }

    /// The product, started, if it is found.
    pub async fn start(start: Start<'_>) -> Option<Self> {
        let program = Program::find(start.program)?;
        let place = Place::new(start.program);
        let ports: Vec<u16> = (0..8).map(|_| free_port()).collect();
        let filled = |text: &str| {
            let data = text.replace("$DATA", &place.path().display().to_string());
            let one = |text: String, (at, port): (usize, &u16)| text.replace(&format!("$PORT{at}"), &port.to_string());
            ports.iter().enumerate().fold(data, one)
        };
        for (name, content) in start.files {
            place.write(name, &filled(content));
        }
        let arguments: Vec<String> = start.arguments.iter().map(|argument| filled(argument)).collect();
        let process = Running::start(&program, place, arguments);
        let url = format!("http://127.0.0.1:{}", ports[0]);
        process.until_ready(&format!("{url}{}", start.ready)).await;
        Some(Self { url, ports, version: program.version, _process: Some(process) })
    }
}
