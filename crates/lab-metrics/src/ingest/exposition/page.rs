//! A body in any of the formats, line by line.

use crate::ingest::exposition::custom_bounds::CustomBounds;
use crate::ingest::exposition::format::{Content, ExpositionError, HistogramForms, Place};
use crate::ingest::exposition::line::Line;
use crate::ingest::exposition::parser::Parser;
use crate::ingest::exposition::protobuf::Families;

/// Reads a body; an error ends the reading.
#[derive(Debug)]
pub enum Page<'a> {
    /// Text as it stands.
    Text(Parser<'a>),
    /// Text whose classic histograms become native ones.
    Converted(Box<CustomBounds<'a>>),
    Protobuf(Families<'a>),
}

impl<'a> Page<'a> {
    /// Begins with `body`.
    pub fn new(body: &'a [u8], content: Content, forms: HistogramForms) -> Self {
        match content {
            Content::Protobuf => Self::Protobuf(Families::new(body, forms)),
            Content::Text(format) => {
                let parser = Parser::new(body, format);
                if forms.custom_bounds {
                    Self::Converted(Box::new(CustomBounds::new(parser, forms.classic_too)))
                } else {
                    Self::Text(parser)
                }
            }
        }
    }

    /// Where the line stands that was read last.
    pub fn place(&self) -> Place {
        match self {
            Self::Text(parser) => Place::Line(parser.line()),
            Self::Converted(converted) => Place::Line(converted.line()),
            Self::Protobuf(families) => families.place(),
        }
    }
}

impl<'a> Iterator for Page<'a> {
    type Item = Result<Line<'a>, ExpositionError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Text(parser) => parser.next(),
            Self::Converted(converted) => converted.next(),
            Self::Protobuf(families) => families.next(),
        }
    }
}
