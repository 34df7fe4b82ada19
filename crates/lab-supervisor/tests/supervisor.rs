//! Real children, small shell scripts: they are read, restarted, stopped and never left behind.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lab_supervisor::{
    Backoff, MoreArgs, OrderError, OutputSink, ProcessHandle, ProcessSpec, ProcessState, Signal, Supervisor,
};
use lab_testkit::eventually::eventually;
use rustix::process::{Pid, kill_process, test_kill_process};
use tokio_util::sync::CancellationToken;

/// Set in the copy of this test binary that plays the supervisor which is killed.
const VICTIM: &str = "LAB_SUPERVISOR_TEST_VICTIM";

/// Keeps what children wrote.
#[derive(Default)]
struct Kept {
    stdout: Mutex<HashMap<String, Vec<u8>>>,
    stderr: Mutex<HashMap<String, Vec<u8>>>,
}

impl Kept {
    fn stdout_of(&self, process: &str) -> String {
        text(&self.stdout, process)
    }
}

impl OutputSink for Kept {
    fn stdout(&self, process: &str, lines: &[u8]) {
        self.stdout.lock().expect("no panic").entry(process.into()).or_default().extend_from_slice(lines);
    }

    fn stderr(&self, process: &str, lines: &[u8]) {
        self.stderr.lock().expect("no panic").entry(process.into()).or_default().extend_from_slice(lines);
    }
}

fn text(kept: &Mutex<HashMap<String, Vec<u8>>>, process: &str) -> String {
    let kept = kept.lock().expect("no panic");
    String::from_utf8(kept.get(process).cloned().unwrap_or_default()).expect("text")
}

fn supervisor() -> (Supervisor, Arc<Kept>) {
    let kept = Arc::new(Kept::default());
    (Supervisor::new(kept.clone(), &CancellationToken::new()), kept)
}

fn shell(name: &str, script: &str) -> ProcessSpec {
    ProcessSpec {
        name: name.into(),
        program: PathBuf::from("/bin/sh"),
        args: vec!["-c".into(), script.into()],
        more_args: MoreArgs::default(),
        env: Vec::new(),
        grace: Duration::from_secs(60),
        backoff: Backoff::new(Duration::from_millis(1), Duration::from_millis(10), Duration::from_secs(60)),
    }
}

/// The pid of a running child whose script has begun, which it says by a line on stdout.
async fn begun(handle: &ProcessHandle, kept: &Kept) -> u32 {
    let name = handle.status().name;
    eventually(|| async {
        let pid = handle.status().pid.ok_or("not running")?;
        if kept.stdout_of(&name).contains(&format!("begun {pid}\n")) { Ok(pid) } else { Err("not begun") }
    })
    .await
}

fn alive(pid: u32) -> bool {
    test_kill_process(to_pid(pid)).is_ok()
}

fn kill(pid: u32) {
    kill_process(to_pid(pid), Signal::KILL).expect("alive");
}

fn to_pid(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid")
}

#[tokio::test]
async fn a_killed_child_returns_and_its_reason_is_known() {
    let (mut supervisor, kept) = supervisor();
    let handle = supervisor.start(shell("a", "echo begun $$; exec cat"));
    let first = begun(&handle, &kept).await;
    kill(first);
    let back = handle.wait_for(|status| status.restarts == 1 && status.pid.is_some()).await.expect("returns");
    assert_eq!(back.last_exit.as_deref(), Some("killed by signal 9"));
    assert_ne!(back.pid, Some(first));
    supervisor.stop().await;
    assert_eq!(handle.status().state, ProcessState::Stopped);
    assert_eq!(handle.status().pid, None);
}

#[tokio::test]
async fn all_lines_of_short_lives_arrive_in_order() {
    let (mut supervisor, kept) = supervisor();
    let handle = supervisor.start(shell("a", "i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i+1)); done; printf tail"));
    handle.wait_for(|status| status.restarts == 1).await.expect("ends and returns");
    supervisor.stop().await;
    let expected: String = (0..2000).map(|number| format!("{number}\n")).chain(["tail\n".to_owned()]).collect();
    let got = kept.stdout_of("a");
    assert!(got.starts_with(&expected), "{} bytes", got.len());
    assert_eq!(handle.status().stdout_bytes, got.len() as u64);
}

#[tokio::test]
async fn what_a_child_says_at_its_end_is_kept_and_stderr_stays_apart() {
    let (mut supervisor, kept) = supervisor();
    let script = "trap 'echo last words; exit 0' TERM; echo begun $$; echo oops >&2; while :; do read x; done";
    let handle = supervisor.start(shell("a", script));
    begun(&handle, &kept).await;
    supervisor.stop().await;
    assert!(kept.stdout_of("a").ends_with("last words\n"));
    assert_eq!(text(&kept.stderr, "a"), "oops\n");
    assert_eq!(handle.status().last_exit.as_deref(), Some("exited with code 0"));
}

#[tokio::test]
async fn a_child_that_ignores_sigterm_is_killed_after_its_grace_with_all_it_started() {
    let (mut supervisor, kept) = supervisor();
    let script = "trap '' TERM; cat & echo child $!; echo begun $$; while :; do read x; done <&0";
    let handle = supervisor.start(ProcessSpec { grace: Duration::from_millis(50), ..shell("a", script) });
    let pid = begun(&handle, &kept).await;
    let grandchild = kept.stdout_of("a").lines().find_map(|line| line.strip_prefix("child ")?.parse().ok());
    supervisor.stop().await;
    assert!(!alive(pid));
    assert_eq!(handle.status().last_exit.as_deref(), Some("killed by signal 9"));
    let grandchild = grandchild.expect("printed");
    eventually(|| async { if gone(grandchild) { Ok(()) } else { Err("the grandchild lives") } }).await;
}

#[tokio::test]
async fn force_cuts_the_grace_time_short() {
    let (mut supervisor, kept) = supervisor();
    let handle = supervisor.start(shell("a", "trap '' TERM; echo begun $$; while :; do read x; done"));
    begun(&handle, &kept).await;
    let force = supervisor.force();
    let stopping = tokio::spawn(supervisor.stop());
    handle.wait_for(|status| status.state == ProcessState::Stopping).await.expect("stopping");
    force.cancel();
    stopping.await.expect("stopped long before the grace time of a minute");
    assert_eq!(handle.status().last_exit.as_deref(), Some("killed by signal 9"));
}

#[tokio::test]
async fn a_restart_on_request_and_a_forwarded_signal() {
    let (mut supervisor, kept) = supervisor();
    let handle = supervisor.start(shell("a", "trap 'echo got usr1' USR1; echo begun $$; while :; do read x; done"));
    let first = begun(&handle, &kept).await;
    assert!(handle.signal(Signal::USR1));
    eventually(|| async { if kept.stdout_of("a").contains("got usr1\n") { Ok(()) } else { Err("no signal") } }).await;
    assert!(handle.restart());
    let second = handle.wait_for(|status| status.restarts == 1 && status.pid.is_some()).await.expect("restarted");
    assert_ne!(second.pid, Some(first));
    handle.stop().await;
    assert_eq!(handle.status().state, ProcessState::Stopped);
    supervisor.stop().await;
}

#[tokio::test]
async fn a_program_that_cannot_start_is_tried_again_and_says_why() {
    let (mut supervisor, _) = supervisor();
    let handle = supervisor.start(ProcessSpec { program: "/no/such/program".into(), ..shell("a", "") });
    let status = handle.wait_for(|status| status.restarts >= 2).await.expect("tries again");
    let reason = status.last_exit.expect("a reason");
    assert!(reason.contains("/no/such/program") && reason.contains("No such file"), "{reason}");
    supervisor.stop().await;
}

#[tokio::test]
async fn orders_reach_a_child_and_its_answers_come_back_to_who_asked() {
    let (mut supervisor, kept) = supervisor();
    // `hurry` is answered before `wait`, which came first; `hush` never is.
    let script = "echo begun $$; while read number word; do case $word in \
        wait) first=$number;; hush) ;; \
        hurry) echo $number ok at once >&0; echo noise >&0; echo $first ok at last >&0;; \
        *) echo $number error what is $word >&0;; esac; done";
    let handle = supervisor.start(shell("a", script));
    begun(&handle, &kept).await;
    let patience = Duration::from_secs(60);
    let (wait, hurry) = tokio::join!(handle.order("wait", patience), handle.order("hurry", patience));
    assert_eq!((wait, hurry), (Ok("at last".into()), Ok("at once".into())));
    assert_eq!(handle.order("sing", patience).await, Err(OrderError::Refused("what is sing".into())));
    assert_eq!(handle.order("hush", Duration::from_millis(1)).await, Err(OrderError::NoAnswer));
    let list = supervisor.processes();
    assert_eq!(list.order("a", "sing\nalong", patience).await, Err(OrderError::Refused("what is sing along".into())));
    assert_eq!(list.order("b", "sing", patience).await, Err(OrderError::Unknown));
    supervisor.stop().await;
    assert_eq!(handle.order("sing", patience).await, Err(OrderError::NotListening));
}

#[tokio::test]
async fn an_order_to_a_child_that_ends_is_not_waited_for() {
    let (mut supervisor, kept) = supervisor();
    let handle = supervisor.start(shell("a", "echo begun $$; read order; exit 1"));
    begun(&handle, &kept).await;
    assert_eq!(handle.order("go", Duration::from_secs(60)).await, Err(OrderError::NotListening));
    supervisor.stop().await;
}

#[tokio::test]
async fn a_life_gets_the_arguments_of_its_start() {
    let (mut supervisor, kept) = supervisor();
    let more_args = MoreArgs::default();
    more_args.set(vec!["one".into()]);
    let spec = ProcessSpec { more_args: more_args.clone(), ..shell("a", "echo begun $$; echo got $0 $1; exec cat") };
    let handle = supervisor.start(spec);
    eventually(|| async { if kept.stdout_of("a").contains("got one\n") { Ok(()) } else { Err("not yet") } }).await;
    more_args.set(vec!["two".into(), "three".into()]);
    assert!(handle.restart());
    eventually(|| async { if kept.stdout_of("a").contains("got two three\n") { Ok(()) } else { Err("not yet") } })
        .await;
    supervisor.stop().await;
}

#[tokio::test]
async fn a_dropped_supervisor_kills_its_children() {
    let (mut supervisor, kept) = supervisor();
    let handle = supervisor.start(shell("a", "echo begun $$; exec cat"));
    let pid = begun(&handle, &kept).await;
    drop(supervisor);
    eventually(|| async { if gone(pid) { Ok(()) } else { Err("the child lives") } }).await;
}

/// The supervisor is killed with SIGKILL: its child reads the end of stdin and leaves.
#[tokio::test]
async fn children_of_a_killed_supervisor_see_their_stdin_close() {
    let me = std::env::current_exe().expect("known");
    let (mut outer, kept) = supervisor();
    let victim = outer.start(ProcessSpec {
        program: me,
        args: ["--exact", "victim", "--nocapture", "--include-ignored"].map(OsString::from).to_vec(),
        env: vec![(VICTIM.into(), Some("1".into()))],
        backoff: Backoff::new(Duration::from_secs(600), Duration::from_secs(600), Duration::from_secs(600)),
        ..shell("victim", "")
    });
    let child: u32 = eventually(|| async {
        let text = kept.stdout_of("victim");
        text.lines().find_map(|line| line.strip_prefix("begun ")?.parse().ok()).ok_or("no child yet")
    })
    .await;
    assert!(alive(child));
    kill(victim.status().pid.expect("running"));
    eventually(|| async { if gone(child) { Ok(()) } else { Err("the child lives") } }).await;
    outer.stop().await;
}

/// Prints what children write.
struct Print;

impl OutputSink for Print {
    fn stdout(&self, _process: &str, lines: &[u8]) {
        print!("\n{}", String::from_utf8_lossy(lines));
    }
}

/// Not a test of its own: the supervisor that the test above kills.
#[tokio::test]
#[ignore = "run by children_of_a_killed_supervisor_see_their_stdin_close"]
async fn victim() {
    if std::env::var_os(VICTIM).is_none() {
        return;
    }
    let mut supervisor = Supervisor::new(Arc::new(Print), &CancellationToken::new());
    supervisor.start(shell("inner", "echo begun $$; exec cat"));
    std::future::pending::<()>().await;
}

/// True once a process is gone or a zombie that its new parent has not reaped.
fn gone(pid: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => true,
    }
}
