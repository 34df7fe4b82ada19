//! What a query can ask of a span: attributes in their scopes, and intrinsics.

use std::fmt;

use lab_syntax::literal::quote::quote_text;

use crate::traceql::syntax::token::is_attribute_char;

/// Where an attribute without a scope is looked for, in this order.
pub(crate) const UNSCOPED: [Scope; 2] = [Scope::Span, Scope::Resource];
/// The attribute of a resource that is always there, and always a text.
pub(crate) const SERVICE_NAME: &str = "service.name";
/// What a root has for the id of its parent, and a span without links for theirs, as in Tempo.
pub(crate) const NO_SPAN_ID: &str = "0000000000000000";

/// Where an attribute is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// In the span, or else in its resource: `.name`.
    Any,
    // `span.name`
    Span,
    // `resource.name`
    Resource,
    // `event.name`
    Event,
    // `link.name`
    Link,
    // `instrumentation.name`
    Instrumentation,
}

impl Scope {
    /// The scopes in which attributes live, without [`Scope::Any`].
    pub const ALL: [Self; 5] = [Self::Resource, Self::Span, Self::Event, Self::Link, Self::Instrumentation];

    /// As it is written before the dot.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Span => "span",
            Self::Resource => "resource",
            Self::Event => "event",
            Self::Link => "link",
            Self::Instrumentation => "instrumentation",
        }
    }
}

/// What can be asked about a span.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// A key and value that the sender set.
    Custom {
        /// Where to look.
        scope: Scope,
        /// Look at the span's parent instead.
        parent: bool,
        name: String,
    },
    /// A property that every span has.
    Intrinsic(Intrinsic),
}

macro_rules! intrinsics {
    ($($(#[$doc:meta])* $name:ident = $text:literal $(| $other:literal)*,)*) => {
        /// The properties that every span has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Intrinsic {
            $($(#[$doc])* $name,)*
        }

        impl Intrinsic {
            /// The property with this name, in any of its spellings.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($text $(| $other)* => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The name as answers show it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

intrinsics! {
    /// How long the span took.
    Duration = "duration" | "span:duration",
    /// The span's name.
    Name = "name" | "span:name",
    /// Unset, ok or error.
    Status = "status" | "span:status",
    /// The message of the status.
    StatusMessage = "statusMessage" | "span:statusMessage",
    /// Client, server, internal, producer, consumer or unspecified.
    Kind = "kind" | "span:kind",
    /// Number of the span's children.
    ChildCount = "span:childCount" | "childCount",
    /// The span's id in hex.
    SpanId = "span:id",
    /// The parent's id in hex; zeros for a root.
    ParentId = "span:parentID" | "span:parentId",
    /// The trace's id in hex.
    TraceId = "trace:id",
    /// From the trace's first start to its last end.
    TraceDuration = "traceDuration" | "trace:duration",
    /// Name of the root span.
    RootName = "rootName" | "trace:rootName",
    /// Service of the root span.
    RootService = "rootServiceName" | "trace:rootService",
    /// Names of the span's events.
    EventName = "event:name",
    /// From the span's start to each event.
    EventTimeSinceStart = "event:timeSinceStart",
    /// Span ids that the span links to.
    LinkSpanId = "link:spanID" | "link:spanId",
    /// Trace ids that the span links to.
    LinkTraceId = "link:traceID" | "link:traceId",
    /// Name of the instrumentation scope.
    InstrumentationName = "instrumentation:name",
    /// Version of the instrumentation scope.
    InstrumentationVersion = "instrumentation:version",
    /// Number of the span in depth-first order, on the way in.
    NestedSetLeft = "nestedSetLeft",
    /// The same on the way out.
    NestedSetRight = "nestedSetRight",
    /// The parent's [`Intrinsic::NestedSetLeft`]; -1 for a root.
    NestedSetParent = "nestedSetParent",
}

impl Intrinsic {
    /// The names that the tag API lists: both spellings, those that make sense as a tag.
    pub const LISTED: [&'static str; 25] = [
        "duration",
        "event:name",
        "event:timeSinceStart",
        "instrumentation:name",
        "instrumentation:version",
        "kind",
        "link:spanID",
        "link:traceID",
        "name",
        "rootName",
        "rootServiceName",
        "span:duration",
        "span:id",
        "span:kind",
        "span:name",
        "span:parentID",
        "span:status",
        "span:statusMessage",
        "status",
        "statusMessage",
        "trace:duration",
        "trace:id",
        "trace:rootName",
        "trace:rootService",
        "traceDuration",
    ];
}

/// What a span may have several of, each with attributes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Event,
    Link,
}

impl Element {
    /// How many of them a span has.
    pub(crate) fn count(self, span: &opentelemetry_proto::tonic::trace::v1::Span) -> usize {
        match self {
            Self::Event => span.events.len(),
            Self::Link => span.links.len(),
        }
    }
}

impl Attribute {
    /// True for what a span has once for each of its events or links. A condition holds if it holds for one of them.
    pub(crate) fn is_repeated(&self) -> bool {
        self.element().is_some()
    }

    /// What of the span itself has this attribute, if a span may have several of it.
    pub(crate) fn element(&self) -> Option<Element> {
        use Intrinsic::{EventName, EventTimeSinceStart, LinkSpanId, LinkTraceId};
        match self {
            Self::Custom { scope: Scope::Event, parent: false, .. }
            | Self::Intrinsic(EventName | EventTimeSinceStart) => Some(Element::Event),
            Self::Custom { scope: Scope::Link, parent: false, .. } | Self::Intrinsic(LinkSpanId | LinkTraceId) => {
                Some(Element::Link)
            }
            _ => None,
        }
    }

    /// The key or name alone, without its scope.
    pub fn name(&self) -> &str {
        match self {
            Self::Custom { name, .. } => name,
            Self::Intrinsic(intrinsic) => intrinsic.as_str(),
        }
    }
}

/// As it is written in a query; quoted where it must be.
impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intrinsic(intrinsic) => f.write_str(intrinsic.as_str()),
            Self::Custom { scope, parent, name } => {
                if *parent {
                    f.write_str("parent.")?;
                }
                // `parent.name` has one dot only.
                if *scope != Scope::Any {
                    write!(f, "{}.", scope.as_str())?;
                } else if !*parent {
                    f.write_str(".")?;
                }
                let ambiguous =
                    *parent && *scope == Scope::Any && (name.starts_with("span.") || name.starts_with("resource."));
                let numeric = name.starts_with(|c: char| c.is_ascii_digit()) && *scope == Scope::Any && !*parent;
                if name.chars().all(is_attribute_char) && !ambiguous && !numeric {
                    f.write_str(name)
                } else {
                    f.write_str(&quote_text(name))
                }
            }
        }
    }
}
