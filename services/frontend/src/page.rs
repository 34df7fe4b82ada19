//! The page: a table with the dice on it, and the form that rolls them. Pure: a [`View`] in, HTML out.
//!
//! Made on the server, without scripts and without anything to load; every text of others is escaped.

mod die;
mod html;
pub mod table;

use std::fmt::{self, Display, Formatter};

use html::Escaped;
use table::{Shown, Trace};
use telemetry::Strategy;

const STYLE: &str = include_str!("page/style.css");

/// Everything that the page shows.
#[derive(Debug)]
pub struct View<'a> {
    /// The dice on offer, in the order of die-service.
    pub dice: &'a [String],
    /// Why `dice` may be out of date or missing.
    pub dice_problem: Option<&'a str>,
    /// What the form contains.
    pub form: &'a Form,
    /// The largest number of rolls.
    pub max_batch: usize,
    /// What the last roll came to; `None` before the first.
    pub shown: Option<&'a Shown>,
    /// The trace of this very page.
    pub trace: &'a Trace,
    /// Permits the inline style under the content security policy.
    pub nonce: &'a str,
}

/// The form as it was sent, mistakes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Name of the die; empty if none was chosen.
    pub die: String,
    /// "Use async rolling".
    pub batch: bool,
    /// "Number of rolls", as it was typed.
    pub times: String,
    /// How the batch takes failures.
    pub strategy: String,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            die: String::new(),
            batch: false,
            times: "5".to_owned(),
            strategy: Strategy::default().name().to_owned(),
        }
    }
}

impl Display for View<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let title = self.shown.map(Shown::title).unwrap_or_default();
        write!(
            out,
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{}Dicelab</title><link rel=\"icon\" href=\"data:,\"><style nonce=\"{}\">{STYLE}</style></head><body>\
             <header><h1>Dicelab</h1><p>One roll, three services: frontend, dice-roller, die-service.</p></header><main>",
            Escaped(title),
            Escaped(self.nonce)
        )?;
        table::write(out, self.shown, self.trace)?;
        self.write_form(out)?;
        write!(
            out,
            "</main><footer>For programs: <code><a href=\"/roll?die=fair\">/roll?die=fair</a></code> and \
             <code><a href=\"/roll-async?die=fair&amp;times=10\">/roll-async?die=fair&amp;times=10</a></code>. \
             For Prometheus: <code><a href=\"/metrics\">/metrics</a></code>.</footer></body></html>"
        )
    }
}

impl View<'_> {
    fn write_form(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let form = self.form;
        out.write_str("<form method=\"get\" action=\"/\" aria-label=\"Roll dice\">")?;
        if let Some(problem) = self.dice_problem {
            write!(out, "<p class=\"note\" role=\"status\">{}</p>", Escaped(problem))?;
        }
        out.write_str("<div class=\"choice\">")?;
        self.write_dice(out)?;
        write!(
            out,
            "<label class=\"check\"><input type=\"checkbox\" id=\"async\" name=\"async\" value=\"on\"{}>\
             <span><strong>Use async rolling</strong><br><span class=\"hint\">Roll several dice at the same time.\
             </span></span></label></div><div class=\"batch\"><div><label class=\"label\" for=\"times\">Number of rolls</label>\
             <input type=\"number\" id=\"times\" name=\"times\" min=\"1\" max=\"{}\" value=\"{}\" inputmode=\"numeric\"{}>",
            checked(form.batch),
            self.max_batch,
            Escaped(&form.times),
            self.invalid("times"),
        )?;
        self.write_mistake(out, "times")?;
        out.write_str("</div><fieldset class=\"strategies\"><legend>If a roll fails</legend>")?;
        for strategy in Strategy::ALL {
            let (name, hint) = explained(strategy);
            write!(
                out,
                "<label><input type=\"radio\" name=\"strategy\" value=\"{}\"{}><span>{name} \
                 <span class=\"hint\">{hint}</span></span></label>",
                strategy.name(),
                checked(form.strategy == strategy.name()),
            )?;
        }
        self.write_mistake(out, "strategy")?;
        out.write_str("</fieldset></div><button accesskey=\"r\">Roll</button></form>")
    }

    /// The dice to choose from; a text field where no list could be had.
    fn write_dice(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let chosen = &self.form.die;
        if self.dice.is_empty() {
            write!(
                out,
                "<div><label class=\"label\" for=\"die\">Die</label>\
                 <input type=\"text\" id=\"die\" name=\"die\" value=\"{}\" autocomplete=\"off\" required{}>",
                Escaped(chosen),
                self.invalid("die"),
            )?;
            self.write_mistake(out, "die")?;
            return out.write_str("</div>");
        }
        // A die that is no longer on offer falls back to the first, so that a roll is always one key away.
        let chosen = self.dice.iter().position(|die| die == chosen).unwrap_or_default();
        out.write_str("<fieldset><legend>Die</legend><div class=\"pills\">")?;
        for (at, die) in self.dice.iter().enumerate() {
            let die = Escaped(die);
            write!(
                out,
                "<label><input type=\"radio\" name=\"die\" value=\"{die}\"{}><span>{die}</span></label>",
                checked(at == chosen)
            )?;
        }
        out.write_str("</div>")?;
        self.write_mistake(out, "die")?;
        out.write_str("</fieldset>")
    }

    fn mistake(&self, field: &str) -> Option<&str> {
        let Some(Shown::Refused { mistakes, .. }) = self.shown else { return None };
        mistakes.iter().find(|(param, _)| param == field).map(|(_, message)| message.as_str())
    }

    fn invalid(&self, field: &'static str) -> &'static str {
        match (self.mistake(field), field) {
            (None, _) => "",
            (Some(_), "times") => " aria-invalid=\"true\" aria-describedby=\"times-wrong\"",
            (Some(_), _) => " aria-invalid=\"true\" aria-describedby=\"die-wrong\"",
        }
    }

    fn write_mistake(&self, out: &mut Formatter<'_>, field: &str) -> fmt::Result {
        match self.mistake(field) {
            Some(message) => write!(out, "<p class=\"wrong\" id=\"{field}-wrong\">{}</p>", Escaped(message)),
            None => Ok(()),
        }
    }
}

fn checked(yes: bool) -> &'static str {
    if yes { " checked" } else { "" }
}

fn explained(strategy: Strategy) -> (&'static str, &'static str) {
    match strategy {
        Strategy::FailFast => ("Fail fast", "the first failure cancels the others"),
        Strategy::All => ("All", "the others finish, then the batch fails"),
        Strategy::BestEffort => ("Best effort", "the good ones count"),
    }
}

#[cfg(test)]
mod tests;
