//! What standard output is: a terminal with a width and colours, or a file, which gets neither.

use std::io::{IsTerminal as _, stdout};

use lab_verify::trace::waterfall::Canvas;

/// Columns where there is no terminal to ask.
const WIDTH: usize = 100;

/// Colours on a terminal only, and not where `NO_COLOR` is set (<https://no-color.org>).
pub(crate) fn canvas() -> Canvas {
    let is_terminal = stdout().is_terminal();
    let size = if is_terminal { rustix::termios::tcgetwinsize(stdout()).ok() } else { None };
    let width = size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(WIDTH);
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Canvas { width, colours: is_terminal && !unwanted }
}
