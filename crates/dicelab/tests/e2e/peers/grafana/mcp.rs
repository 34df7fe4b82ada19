//! Grafana's MCP server as a process: it is asked by lines of JSON on its input and answers on its output.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use lab_testkit::peers::program::Program;
use serde_json::{Value, json};

/// Longer than any tool takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The kinds of tools that are asked for, beside those that the server offers if it is not told which.
const KINDS: &str = "search,datasource,incident,prometheus,loki,alerting,dashboard,folder,oncall,asserts,sift,pyroscope,\
                     navigation,tempo,annotations,rendering,snapshot,plugin,api,config,provisioning,docs,user,runpanelquery,examples";

/// The server, which ends with the value.
pub(super) struct Mcp {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Value>,
    asked: u64,
}

impl Mcp {
    /// Starts the server for the Grafana at this address.
    pub(super) fn start(program: &Program, url: &str) -> Self {
        let mut command = program.command(["-t", "stdio", "--enabled-tools", KINDS]);
        command.env("GRAFANA_URL", url).env("GRAFANA_SERVICE_ACCOUNT_TOKEN", "anything");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("started");
        let (input, output) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let Ok(answer) = serde_json::from_str(&line) else { continue };
                if sender.send(answer).is_err() {
                    return;
                }
            }
        });
        let mut mcp = Self { child, input, answers, asked: 0 };
        let client = json!({ "name": "dicelab", "version": "1" });
        mcp.ask("initialize", &json!({ "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": client }));
        mcp.tell(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        mcp
    }

    /// The names of the tools that the server offers.
    pub(super) fn offered(&mut self) -> Vec<String> {
        let answer = self.ask("tools/list", &json!({}));
        let tools = answer["tools"].as_array().expect("a list");
        tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// The answer of a tool, as JSON where it is, or what the tool says went wrong.
    pub(super) fn tool(&mut self, name: &str, arguments: &Value) -> Result<Value, String> {
        let answer = self.ask("tools/call", &json!({ "name": name, "arguments": arguments }));
        let text = answer["content"][0]["text"].as_str().map(str::to_owned);
        let text = text.ok_or_else(|| format!("{name} answered without a text: {answer}"))?;
        if answer["isError"] == true {
            return Err(text);
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.tell(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let answer =
                self.answers.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{method} {params}: {error}"));
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method} {params}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    fn tell(&mut self, message: &Value) {
        writeln!(self.input, "{message}").expect("written");
        self.input.flush().expect("written");
    }
}

impl Drop for Mcp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
