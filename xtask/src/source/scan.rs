//! Reads one file: the modules that it declares, and for each module in it the items, imports, paths and functions.
//! Paths are also found within the arguments of macros and attributes, which the parser leaves as tokens.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::source::modules::{Crate, Function, Import, Named};

/// A module that stands in a file of its own.
pub(crate) struct Declared {
    pub(crate) parent: usize,
    pub(crate) name: String,
    /// The inline modules around the declaration; they are folders.
    pub(crate) inside: Vec<String>,
}

/// Fills the module from its file's text; the answer is the modules to read next.
pub(crate) fn file(parsed: &mut Crate, module: usize, text: &str) -> Result<Vec<Declared>, String> {
    let syntax = syn::parse_file(text).map_err(|error| format!("line {}: {error}", error.span().start().line))?;
    let lines = text.lines().map(str::to_owned).collect();
    let mut scan = Scan { parsed, module, inside: Vec::new(), lines, declared: Vec::new() };
    if !syntax.attrs.iter().any(is_for_tests) {
        scan.visit_file(&syntax);
    }
    Ok(scan.declared)
}

struct Scan<'a> {
    parsed: &'a mut Crate,
    module: usize,
    inside: Vec<String>,
    lines: Vec<String>,
    declared: Vec<Declared>,
}

impl Scan<'_> {
    fn named(&mut self, path: String, span: Span) {
        let line = span.start().line;
        self.parsed.modules[self.module].paths.push(Named { path, line });
    }

    fn import(&mut self, path: &[String], name: String, span: Span, visible: bool) {
        let of = Named { path: path.join("::"), line: span.start().line };
        self.parsed.modules[self.module].imports.push(Import { of, name, visible });
    }

    fn imports(&mut self, tree: &syn::UseTree, before: &[String], visible: bool) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.imports(&path.tree, &with(&path.ident), visible),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.imports(tree, before, visible)),
            syn::UseTree::Glob(glob) => self.import(before, "*".to_owned(), glob.star_token.span, visible),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.import(before, before.last().cloned().unwrap_or_default(), name.ident.span(), visible);
            }
            syn::UseTree::Name(name) => {
                self.import(&with(&name.ident), name.ident.to_string(), name.ident.span(), visible);
            }
            syn::UseTree::Rename(rename) if rename.ident == "self" => {
                self.import(before, rename.rename.to_string(), rename.ident.span(), visible);
            }
            syn::UseTree::Rename(rename) => {
                self.import(&with(&rename.ident), rename.rename.to_string(), rename.ident.span(), visible);
            }
        }
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (first, last) = (block.brace_token.span.open().start().line, block.brace_token.span.close().start().line);
        let body = self.lines.get(first..last.saturating_sub(1)).unwrap_or_default();
        let code = |line: &&String| !line.trim().is_empty() && !line.trim_start().starts_with("//");
        let file = self.parsed.modules[self.module].file;
        let (name, lines) = (signature.ident.to_string(), body.iter().filter(code).count());
        self.parsed.functions.push(Function { file, line: signature.ident.span().start().line, name, lines });
    }

    /// Paths of at least two parts among tokens, and among the text of string literals where `in_texts`.
    fn tokens(&mut self, tokens: TokenStream, in_texts: bool) {
        let mut path = Path::default();
        for token in tokens {
            if let Some(whole) = path.push(&token) {
                self.named(whole.0, whole.1);
            }
            match token {
                TokenTree::Group(group) => self.tokens(group.stream(), in_texts),
                TokenTree::Literal(literal) if in_texts => {
                    let text = literal.to_string();
                    let text = text.trim_matches('"');
                    if text.contains("::") && syn::parse_str::<syn::Path>(text).is_ok() {
                        self.named(text.to_owned(), literal.span());
                    }
                }
                _ => {}
            }
        }
        if let Some(whole) = path.take() {
            self.named(whole.0, whole.1);
        }
    }
}

impl<'ast> Visit<'ast> for Scan<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if attributes(item).iter().any(is_for_tests) {
            return;
        }
        if let Some(name) = defined(item) {
            self.parsed.modules[self.module].items.insert(name.to_string());
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        item.attrs.iter().for_each(|attribute| self.visit_attribute(attribute));
        let Some((_, items)) = &item.content else {
            return self.declared.push(Declared { parent: self.module, name, inside: self.inside.clone() });
        };
        let outer = self.module;
        let file = self.parsed.modules[outer].file;
        self.module = self.parsed.add_module(file, Some((outer, name.clone())));
        self.inside.push(name);
        for item in items {
            self.visit_item(item);
        }
        self.inside.pop();
        self.module = outer;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let visible = !matches!(item.vis, syn::Visibility::Inherited);
        if item.leading_colon.is_none() {
            self.imports(&item.tree, &[], visible);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Const(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        if let (Some(first), None, true) = (path.segments.first(), &path.leading_colon, parts.len() > 1) {
            self.named(parts.join("::"), first.ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if may_panic(call) {
            let named = Named { path: call.method.to_string(), line: call.method.span().start().line };
            self.parsed.modules[self.module].panics.push(named);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_try(&mut self, tried: &'ast syn::ExprTry) {
        match &*tried.expr {
            // `cursor.expect("(")?` is a parser's own function, which returns an error instead of panicking.
            syn::Expr::MethodCall(call) => visit::visit_expr_method_call(self, call),
            other => self.visit_expr(other),
        }
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.visit_path(&called.path);
        self.tokens(called.tokens.clone(), false);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        match &attribute.meta {
            syn::Meta::Path(path) => self.visit_path(path),
            syn::Meta::List(list) => self.tokens(list.tokens.clone(), true),
            syn::Meta::NameValue(value) => self.visit_expr(&value.value),
        }
    }

    /// `pub(crate)` names no item.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// A path that is being put together from tokens.
#[derive(Default)]
struct Path {
    parts: Vec<(String, Span)>,
    /// How many of the two colons have come since the last part.
    colons: usize,
}

impl Path {
    /// Takes the next token; the answer is the path that it ends.
    fn push(&mut self, token: &TokenTree) -> Option<(String, Span)> {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' && !self.parts.is_empty() => {
                let joint = punct.spacing() == Spacing::Joint;
                if (self.colons == 0 && joint) || self.colons == 1 {
                    self.colons += 1;
                    None
                } else {
                    self.take()
                }
            }
            TokenTree::Ident(ident) if self.colons == 2 => {
                self.parts.push((ident.to_string(), ident.span()));
                self.colons = 0;
                None
            }
            TokenTree::Ident(ident) => {
                let ended = self.take();
                self.parts.push((ident.to_string(), ident.span()));
                ended
            }
            _ => self.take(),
        }
    }

    fn take(&mut self) -> Option<(String, Span)> {
        self.colons = 0;
        let parts = std::mem::take(&mut self.parts);
        let span = parts.first()?.1;
        let names: Vec<String> = parts.into_iter().map(|(name, _)| name).collect();
        (names.len() > 1).then(|| (names.join("::"), span))
    }
}

/// Whether a call panics on purpose, as far as its form tells: `unwrap()`, or `expect` with a sentence.
fn may_panic(call: &syn::ExprMethodCall) -> bool {
    let sentence = |argument: &syn::Expr| match argument {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => text.value().contains(char::is_alphabetic),
        _ => false,
    };
    let on_itself = matches!(&*call.receiver, syn::Expr::Path(path) if path.path.is_ident("self"));
    call.method == "unwrap" || (call.method == "expect" && call.args.iter().all(sentence) && !on_itself)
}

/// Whether this attribute leaves an item out of every build but that of the tests.
pub(crate) fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let path = attribute.path();
    if path.is_ident("cfg") {
        return attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"));
    }
    path.segments.last().is_some_and(|part| part.ident == "test")
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name that an item has in its module; modules and imports are kept apart.
fn defined(item: &syn::Item) -> Option<&syn::Ident> {
    match item {
        syn::Item::Const(item) => Some(&item.ident),
        syn::Item::Enum(item) => Some(&item.ident),
        syn::Item::Fn(item) => Some(&item.sig.ident),
        syn::Item::Macro(item) => item.ident.as_ref(),
        syn::Item::Static(item) => Some(&item.ident),
        syn::Item::Struct(item) => Some(&item.ident),
        syn::Item::Trait(item) => Some(&item.ident),
        syn::Item::Type(item) => Some(&item.ident),
        syn::Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}
