//! The operators: how they are written and how strongly they bind.

/// Operators before one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    // `!`
    Not,
    // `-`
    Negate,
}

macro_rules! binary_operators {
    ($($name:ident = $symbol:literal binds $binding:ident,)*) => {
        /// Operators between two values.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum BinaryOp {
            $(#[doc = concat!("Written `", $symbol, "`.")] $name,)*
        }

        impl BinaryOp {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The sign that stands for the operator.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $symbol,)*
                }
            }

            /// How strongly the operator binds.
            pub(crate) fn binding(self) -> Binding {
                match self {
                    $(Self::$name => Binding::$binding,)*
                }
            }
        }
    };
}

binary_operators! {
    And = "&&" binds Logic,
    Or = "||" binds Logic,
    Equal = "=" binds Comparison,
    NotEqual = "!=" binds Comparison,
    Less = "<" binds Comparison,
    LessEqual = "<=" binds Comparison,
    Greater = ">" binds Comparison,
    GreaterEqual = ">=" binds Comparison,
    Regex = "=~" binds Comparison,
    NotRegex = "!~" binds Comparison,
    Add = "+" binds Sum,
    Subtract = "-" binds Sum,
    Multiply = "*" binds Product,
    Divide = "/" binds Product,
    Modulo = "%" binds Product,
    Power = "^" binds Power,
}

/// How strongly an operator binds, from weak to strong. `&&` and `||` bind alike, as in Tempo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Binding {
    Loosest,
    Logic,
    Comparison,
    Sum,
    Product,
    Power,
    Operand,
}

impl Binding {
    /// The weakest binding that is stronger than this one.
    pub(crate) fn tighter(self) -> Self {
        match self {
            Self::Loosest => Self::Logic,
            Self::Logic => Self::Comparison,
            Self::Comparison => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Power,
            Self::Power | Self::Operand => Self::Operand,
        }
    }
}

impl BinaryOp {
    /// The operator with this sign.
    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|op| op.as_str() == symbol)
    }

    /// True for `= != < <= > >= =~ !~`.
    pub fn is_comparison(self) -> bool {
        self.binding() == Binding::Comparison
    }

    /// True for `+ - * / % ^`.
    pub fn is_arithmetic(self) -> bool {
        self.binding() > Binding::Comparison
    }

    /// The comparison with its sides exchanged: `>` for `<`.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            other => other,
        }
    }

    /// How strongly operators on the left must bind to belong to this one's left operand.
    pub(crate) fn left_binding(self) -> Binding {
        if self == Self::Power { self.binding().tighter() } else { self.binding() }
    }

    /// How strongly operators on the right must bind to belong to this one's right operand.
    pub(crate) fn right_binding(self) -> Binding {
        if self == Self::Power { self.binding() } else { self.binding().tighter() }
    }
}

/// How two spansets are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpansetOp {
    /// `&&`: the spans of both, if neither is empty.
    And,
    /// `||`: the spans of both.
    Or,
    /// The right-hand spans that stand in a relation to a left-hand one.
    Structural {
        /// The relation of the right-hand span to the left-hand one.
        relation: Relation,
        /// Which spans the result has.
        result: Matched,
    },
}

/// A relation of the right-hand span to the left-hand one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    // `>`
    Child,
    // `>>`
    Descendant,
    // `<`
    Parent,
    // `<<`
    Ancestor,
    // `~`
    Sibling,
}

/// Which spans a structural operator yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// The right-hand spans that are related to a left-hand one.
    Right,
    /// The right-hand spans that are related to none: `!>`.
    NotRight,
    /// The spans on both sides of each relation: `&>`.
    Both,
}

impl SpansetOp {
    pub fn all() -> impl Iterator<Item = Self> {
        let relations =
            [Relation::Child, Relation::Descendant, Relation::Parent, Relation::Ancestor, Relation::Sibling];
        let results = [Matched::Right, Matched::NotRight, Matched::Both];
        let structural =
            relations.into_iter().flat_map(move |relation| results.map(|result| Self::Structural { relation, result }));
        structural.chain([Self::And, Self::Or])
    }

    /// How strongly the operator binds.
    pub(crate) fn binding(self) -> Binding {
        match self {
            Self::And | Self::Or => Binding::Logic,
            Self::Structural { .. } => Binding::Comparison,
        }
    }

    /// The sign that stands for the operator.
    pub fn as_str(self) -> &'static str {
        use Matched::{Both, NotRight, Right};
        use Relation::{Ancestor, Child, Descendant, Parent, Sibling};
        let (relation, result) = match self {
            Self::And => return "&&",
            Self::Or => return "||",
            Self::Structural { relation, result } => (relation, result),
        };
        match (relation, result) {
            (Child, Right) => ">",
            (Child, NotRight) => "!>",
            (Child, Both) => "&>",
            (Descendant, Right) => ">>",
            (Descendant, NotRight) => "!>>",
            (Descendant, Both) => "&>>",
            (Parent, Right) => "<",
            (Parent, NotRight) => "!<",
            (Parent, Both) => "&<",
            (Ancestor, Right) => "<<",
            (Ancestor, NotRight) => "!<<",
            (Ancestor, Both) => "&<<",
            (Sibling, Right) => "~",
            (Sibling, NotRight) => "!~",
            (Sibling, Both) => "&~",
        }
    }

    /// The operator with this sign.
    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        Self::all().find(|op| op.as_str() == symbol)
    }
}
