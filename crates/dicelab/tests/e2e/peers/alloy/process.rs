//! An Alloy that runs.

use lab_testkit::peers::program::Program;
use lab_testkit::peers::running::{Place, Running, free_port};

use crate::peers::ask::get;

/// It ends with the value.
pub(crate) struct Alloy {
    program: Program,
    process: Running,
    /// Where it serves its page and its own metrics.
    pub(crate) port: u16,
}

impl Alloy {
    /// One with this configuration, ready; what it remembers lies in its directory.
    pub(crate) async fn start(program: Program, place: Place, config: &str) -> Self {
        place.write("config.alloy", config);
        let port = free_port();
        let process = Running::start(&program, place, arguments(port));
        let alloy = Self { program, process, port };
        alloy.until_ready().await;
        alloy
    }

    /// Kills it, so that it cannot wind down.
    pub(crate) fn kill(&self) {
        self.process.kill();
    }

    /// Starts it again where it was killed.
    pub(crate) async fn start_again(&self) {
        self.process.start_again(&self.program, arguments(self.port));
        self.until_ready().await;
    }

    async fn until_ready(&self) {
        self.process.until_ready(&format!("http://127.0.0.1:{}/-/ready", self.port)).await;
    }

    /// The sum of one of its own metrics since it was started.
    pub(crate) async fn own(&self, name: &str) -> f64 {
        let page = get(self.port, "/metrics", &[]).await.expect("an answer");
        let page = String::from_utf8(page).expect("a text");
        let of_name = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
        page.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }
}

fn arguments(port: u16) -> [String; 6] {
    [
        "run".to_owned(),
        format!("--server.http.listen-addr=127.0.0.1:{port}"),
        "--storage.path=remembered".to_owned(),
        "--disable-reporting".to_owned(),
        // Remote write 2.0 is experimental there.
        "--stability.level=experimental".to_owned(),
        "config.alloy".to_owned(),
    ]
}
