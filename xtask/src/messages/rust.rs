//! The texts in a file of Rust: literals that read as prose, the texts of error enums, and the help of clap, which is
//! written as doc comments.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::messages::message::{Kind, Message};
use crate::messages::prose::{flat, is_prose};
use crate::source::scan::is_for_tests;

/// Macros of `tracing` that write a line of the log.
const OF_LOG: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
/// Macros and methods whose texts end up in an error.
const OF_ERRORS: [&str; 7] = ["bail", "ensure", "anyhow", "context", "with_context", "map_err", "ok_or_else"];
/// Macros that only panic: nobody is meant to see their texts.
const OF_PANICS: [&str; 8] =
    ["assert", "assert_eq", "assert_ne", "debug_assert", "panic", "unreachable", "todo", "unimplemented"];
/// What makes the doc comments of an item the help of the command line.
const OF_CLAP: [&str; 4] = ["Parser", "Args", "Subcommand", "ValueEnum"];

/// The messages of a file, in order. Files of tests and of examples have none.
pub(crate) fn messages(path: &str, text: &str) -> Vec<Message> {
    let parts = || path.split('/');
    let skipped = parts().any(|part| ["tests", "examples", "benches", "build.rs", "tests.rs"].contains(&part));
    let Ok(file) = syn::parse_file(text) else { return Vec::new() };
    if skipped || file.attrs.iter().any(is_for_tests) {
        return Vec::new();
    }
    let mut found = Found { messages: Vec::new(), kind: Kind::Text };
    found.visit_file(&file);
    found.messages
}

struct Found {
    messages: Vec<Message>,
    /// The kind of the literals that are being visited.
    kind: Kind,
}

impl Found {
    fn add(&mut self, kind: Kind, line: usize, text: &str) {
        let said = kind != Kind::Text && text.contains(char::is_alphabetic) && text.contains(' ');
        if is_prose(text) || said {
            self.messages.push(Message { kind, line, text: flat(text) });
        }
    }

    fn within(&mut self, kind: Kind, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.kind, kind);
        visit(self);
        self.kind = outer;
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.add(self.kind, literal.span().start().line, &text.value());
                    }
                }
                _ => {}
            }
        }
    }

    /// The doc comments of a type that clap reads, and of its fields and variants.
    fn help(&mut self, attributes: &[syn::Attribute]) {
        let mut lines = Vec::new();
        let mut first = None;
        for attribute in attributes {
            if let syn::Meta::NameValue(pair) = &attribute.meta
                && pair.path.is_ident("doc")
                && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
            {
                first.get_or_insert(text.span().start().line);
                lines.push(text.value());
            }
        }
        if let Some(line) = first {
            self.messages.push(Message { kind: Kind::Help, line, text: flat(&lines.join(" ")) });
        }
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs[..],
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if item.attrs.iter().any(is_of_clap) {
            self.help(&item.attrs);
            item.fields.iter().for_each(|field| self.help(&field.attrs));
        }
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        if item.attrs.iter().any(is_of_clap) {
            for variant in &item.variants {
                self.help(&variant.attrs);
                variant.fields.iter().for_each(|field| self.help(&field.attrs));
            }
        }
        visit::visit_item_enum(self, item);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let name = call.method.to_string();
        if name == "expect" {
            return;
        }
        let kind = if OF_ERRORS.contains(&&*name) { Kind::Error } else { self.kind };
        self.within(kind, |found| call.args.iter().for_each(|argument| found.visit_expr(argument)));
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = called.path.segments.last().map(|part| part.ident.to_string()).unwrap_or_default();
        if OF_PANICS.contains(&&*name) {
            return;
        }
        let kind = match &*name {
            name if OF_LOG.contains(&name) => Kind::Log,
            name if OF_ERRORS.contains(&name) => Kind::Error,
            _ => self.kind,
        };
        self.within(kind, |found| found.tokens(called.tokens.clone()));
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let kind = match attribute.path() {
            path if path.is_ident("error") => Kind::Error,
            path if ["arg", "command", "clap"].iter().any(|name| path.is_ident(name)) => Kind::Help,
            _ => return,
        };
        if let syn::Meta::List(list) = &attribute.meta {
            self.within(kind, |found| found.tokens(list.tokens.clone()));
        }
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.add(self.kind, text.span().start().line, &text.value());
    }
}

fn is_of_clap(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let derives =
        |token: TokenTree| matches!(token, TokenTree::Ident(ident) if OF_CLAP.iter().any(|name| ident == name));
    list.path.is_ident("derive") && list.tokens.clone().into_iter().any(derives)
}

#[cfg(test)]
mod tests {
    use super::messages;
    use crate::messages::message::Kind;

    #[test]
    fn every_kind_of_text_is_found_and_what_tests_say_is_not() {
        let text = r#"
            #[derive(clap::Args)]
            struct A { /** Seconds to wait. */ #[arg(help_heading = "What to do")] a: u8 }
            #[derive(Error)]
            enum E { #[error("no such {0}")] No(u8) }
            fn f() -> Result<()> {
                tracing::warn!(port, "the port is taken");
                let text = format!("{n} series were found");
                x.context("reading the file")?;
                assert!(true, "nobody sees this text");
                x.expect("nor does anybody this");
                connection.execute("SELECT name FROM series")
            }
            #[cfg(test)]
            mod tests { const T: &str = "a text of tests"; }
        "#;
        let found: Vec<_> = messages("crates/a/src/b.rs", text).into_iter().map(|m| (m.kind, m.line, m.text)).collect();
        let expected = [
            (Kind::Help, 3, "Seconds to wait."),
            (Kind::Help, 3, "What to do"),
            (Kind::Error, 5, "no such {0}"),
            (Kind::Log, 7, "the port is taken"),
            (Kind::Text, 8, "{n} series were found"),
            (Kind::Error, 9, "reading the file"),
        ];
        assert_eq!(found, expected.map(|(kind, line, text)| (kind, line, text.to_owned())));
        assert!(messages("crates/a/src/b/tests.rs", text).is_empty());
    }
}
