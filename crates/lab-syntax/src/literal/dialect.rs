//! Where the languages differ in their literals, because the programs that they come from read them with different
//! functions of Go.
//!
//! | | PromQL | LogQL | TraceQL | templates |
//! |---|---|---|---|---|
//! | strings may stand in | `"`, `'`, `` ` `` | `"`, `` ` `` | `"`, `` ` `` | `"`, `` ` ``; `'` for one character |
//! | U+FFFD in a string | must be escaped | is allowed | is allowed | is allowed |
//! | a carriage return between back quotes | is kept | is kept | is dropped | is dropped |
//! | the bytes of a string | any | UTF-8 | UTF-8 | any |
//! | units of durations | those of Prometheus (`lab_model::duration`) | [`WITH_YEARS`] | [`WITH_WEEKS`] | [`GO`] |
//! | numbers | decimal, hexadecimal, octal | decimal, hexadecimal | decimal | all of Go's |
//!
//! Escape sequences are the same in all of them: `\a \b \f \n \r \t \v \\`, the quote, three octal digits, `\x` with two
//! hexadecimal digits, `\u` with four and `\U` with eight. The first two kinds of digits stand for bytes, the others for
//! characters.
//!
//! [`GO`]: super::duration::GO
//! [`WITH_WEEKS`]: super::duration::WITH_WEEKS
//! [`WITH_YEARS`]: super::duration::WITH_YEARS

/// How a language reads strings.
#[derive(Clone, Copy, Debug)]
pub struct Strings {
    /// The character U+FFFD, into which decoders turn what is no UTF-8, must be escaped.
    pub(super) refuses_replacement_character: bool,
    /// Carriage returns between back quotes are no part of the string.
    pub(super) drops_carriage_returns: bool,
}

/// The strings of PromQL.
pub const PROMQL: Strings = Strings { refuses_replacement_character: true, drops_carriage_returns: false };
/// The strings of LogQL.
pub const LOGQL: Strings = Strings { refuses_replacement_character: false, drops_carriage_returns: false };
/// The strings of TraceQL.
pub const TRACEQL: Strings = Strings { refuses_replacement_character: false, drops_carriage_returns: true };
/// The strings of Go's templates, which are those of Go itself.
pub const TEMPLATE: Strings = TRACEQL;
