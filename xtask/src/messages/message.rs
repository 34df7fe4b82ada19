//! A text that users see, and what it is for.

/// What a text is for; it decides under which heading it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Error,
    Log,
    Help,
    Text,
    Page,
}

impl Kind {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Error => "Errors",
            Self::Log => "Lines of the log",
            Self::Help => "Help of the command line",
            Self::Text => "Other texts: answers, reports, verdicts",
            Self::Page => "Texts of the page",
        }
    }
}

/// A text with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) line: usize,
    pub(crate) text: String,
}
