//! From the text of a query to its tokens.
//!
//! Three places have words of their own: within braces every word is a label name, within brackets only the
//! functions of durations are known, and elsewhere words may be keywords, which the parser decides.

use lab_syntax::{Fault, Scanner};

use crate::promql::syntax::literal;
use crate::promql::syntax::token::{Kind, Token};

/// The symbols within braces, and elsewhere; of two that begin alike the longer one comes first.
const IN_BRACES: [&str; 6] = [",", "=~", "=", "!~", "!=", "}"];
const ELSEWHERE: [&str; 23] = [
    ",", "(", ")", "{", "[", "]", ":", "@", "==", "=", "!=", "<=", ">=", "</", ">/", "<", ">", "+", "-", "*", "/", "%",
    "^",
];
const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];
/// Those of the symbols that may stand within brackets.
const IN_BRACKETS: &str = ",()]:+-*/%^";

/// Splits a query into tokens; white space and comments are passed over. The last one is [`Kind::End`], or
/// [`Kind::Wrong`] where the answered fault is.
pub(super) fn tokens(query: &str) -> (Vec<Token>, Option<Fault>) {
    let scanner = Scanner::new(query);
    let mut lexer = Lexer { scanner, parentheses: 0, braces: false, brackets: false, colon: false };
    let mut list = Vec::new();
    loop {
        lexer.skip_blank();
        let start = lexer.scanner.at();
        let read = lexer.token();
        let place = lexer.scanner.since(start);
        let kind = *read.as_ref().unwrap_or(&Kind::Wrong);
        list.push(Token { kind, place });
        if matches!(kind, Kind::End | Kind::Wrong) {
            return (list, read.err().map(|message| Fault::new(place, message)));
        }
    }
}

/// Reads one token after the other; where it fails it says what is wrong with the token.
struct Lexer<'q> {
    scanner: Scanner<'q>,
    /// How many parentheses are open.
    parentheses: usize,
    // Within `{…}`.
    braces: bool,
    // Within `[…]`.
    brackets: bool,
    /// A colon was read within the brackets.
    colon: bool,
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<Kind, String> {
        let Some(c) = self.scanner.peek() else { return self.end() };
        match c {
            '"' | '\'' | '`' if !self.brackets => {
                self.scanner.advance(literal::string(self.scanner.rest())?.1);
                Ok(Kind::Text)
            }
            'a'..='z' | 'A'..='Z' | '_' => self.word(c),
            ':' if !self.brackets && !self.braces => self.word(c),
            _ if !self.braces && self.scanner.is_at_number() => self.number(),
            _ => self.symbol(c),
        }
    }

    fn word(&mut self, first: char) -> Result<Kind, String> {
        let (braces, brackets) = (self.braces, self.brackets);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || (c == ':' && !braces && !brackets);
        let word = self.scanner.take_while(is_part);
        match Kind::of_word(word) {
            _ if braces => Ok(Kind::Identifier),
            kind @ Kind::Keyword("step" | "range" | "min_of" | "max_of") if brackets => Ok(kind),
            _ if brackets => Err(format!("unexpected character in duration expression: {first:?}")),
            // So that metrics with these names keep working they are keywords only where a value follows.
            Kind::Keyword("fill" | "fill_left" | "fill_right")
                if !self.scanner.rest().trim_start_matches(BLANK).starts_with('(') =>
            {
                Ok(Kind::Identifier)
            }
            kind => Ok(kind),
        }
    }

    fn symbol(&mut self, c: char) -> Result<Kind, String> {
        let symbols = if self.braces { &IN_BRACES[..] } else { &ELSEWHERE };
        let found = symbols.iter().find(|symbol| self.scanner.rest().starts_with(**symbol));
        let next = self.scanner.rest()[c.len_utf8()..].chars().next();
        let symbol = match found {
            Some(&"=") if !self.braces && next == Some('~') => "",
            Some(symbol) if !self.brackets || IN_BRACKETS.contains(symbol) => symbol,
            _ => "",
        };
        match symbol {
            "(" => self.parentheses += 1,
            ")" if self.parentheses == 0 => return Err(format!("unexpected right parenthesis {c:?}")),
            ")" => self.parentheses -= 1,
            "{" => self.braces = true,
            "}" => self.braces = false,
            "[" => (self.brackets, self.colon) = (true, false),
            "]" if self.brackets => self.brackets = false,
            "]" => return Err(format!("unexpected right bracket {c:?}")),
            ":" if self.colon => return Err(format!("unexpected colon {c:?}")),
            ":" => self.colon = true,
            "" => return Err(self.unknown(c, next)),
            _ => {}
        }
        self.scanner.advance(symbol.len());
        Ok(match Kind::of_word(symbol) {
            operator @ Kind::Operator(_) => operator,
            _ => Kind::Symbol(symbol),
        })
    }

    fn unknown(&self, c: char, next: Option<char>) -> String {
        let found = next.map_or_else(|| "end of input".to_owned(), |next| format!("{next:?}"));
        match c {
            '!' if self.braces => format!("unexpected character after '!' inside braces: {found}"),
            _ if self.braces => format!("unexpected character inside braces: {c:?}"),
            _ if self.brackets => format!("unexpected character in duration expression: {c:?}"),
            '!' | '=' => format!("unexpected character after {c:?}: {found}"),
            _ => format!("unexpected character: {c:?}"),
        }
    }

    fn end(&self) -> Result<Kind, String> {
        let unclosed = match (self.braces, self.brackets) {
            (true, _) => "unexpected end of input inside braces",
            _ if self.parentheses > 0 => "unclosed left parenthesis",
            (_, true) => "unclosed left bracket",
            _ => return Ok(Kind::End),
        };
        Err(unclosed.to_owned())
    }

    /// A number or a duration; which one the whole word tells.
    fn number(&mut self) -> Result<Kind, String> {
        let mut ahead = self.scanner.clone();
        let start = ahead.at();
        while ahead.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).ends_with(['e', 'E'])
            && ahead.rest().starts_with(['+', '-'])
        {
            ahead.take();
        }
        let word = ahead.text_since(start);
        let number = literal::number_or_duration(word)?;
        self.scanner = ahead;
        Ok(Kind::Number(number))
    }

    fn skip_blank(&mut self) {
        self.scanner.take_while(|c| BLANK.contains(&c));
        while self.scanner.peek() == Some('#') {
            self.scanner.take_while(|c| !matches!(c, '\r' | '\n'));
            self.scanner.take_while(|c| BLANK.contains(&c));
        }
    }
}
