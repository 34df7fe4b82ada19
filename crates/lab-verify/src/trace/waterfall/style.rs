//! Colours: one for each service, red kept for errors.

/// ANSI colours of services in order of their appearance: cyan, magenta, yellow, blue, green, and their bright ones.
const SERVICES: [u8; 10] = [36, 35, 33, 34, 32, 96, 95, 93, 94, 92];

/// Writes text with colours, or as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style<'a> {
    colours: bool,
    services: &'a [&'a str],
}

impl<'a> Style<'a> {
    /// Colours go to these services in this order.
    pub(super) fn new(colours: bool, services: &'a [&'a str]) -> Self {
        Self { colours, services }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn error(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// In the colour of a service.
    pub(super) fn service(self, service: &str, text: &str) -> String {
        let at = self.services.iter().position(|known| *known == service).unwrap_or_default();
        self.paint(&SERVICES[at % SERVICES.len()].to_string(), text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colours && !text.trim().is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
