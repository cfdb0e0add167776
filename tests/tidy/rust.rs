//! Rust sources as the rules see them: shipped code without its tests, words, paths and items.
//!
//! Text is parsed, never matched, so that comments and strings cannot fool a rule. Never judges.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::tree::File;

/// Whether the whole file is test code.
pub(crate) fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The parsed file; a file that does not parse fails the test with its name.
#[track_caller]
pub(crate) fn parse(file: &File) -> syn::File {
    match syn::parse_file(&file.text) {
        Ok(parsed) => parsed,
        Err(error) => panic!("{}:{}: {error}", file.path, error.span().start().line),
    }
}

/// The lines (from, to) of every item under `#[cfg(test)]`.
pub(crate) fn test_lines(file: &syn::File) -> Vec<(usize, usize)> {
    let mut tests = TestItems(Vec::new());
    tests.visit_file(file);
    tests.0
}

struct TestItems(Vec<(usize, usize)>);

impl Visit<'_> for TestItems {
    fn visit_item(&mut self, item: &syn::Item) {
        if attributes(item).iter().any(is_cfg_test) {
            self.0.push((item.span().start().line, item.span().end().line));
        } else {
            visit::visit_item(self, item);
        }
    }
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Number of lines that ship.
pub(crate) fn shipped_lines(file: &File) -> usize {
    let tests: usize = test_lines(&parse(file)).iter().map(|(from, to)| to - from + 1).sum();
    file.text.lines().count() - tests
}

/// A name in shipped code. For a path that begins at the crate, `from_root` holds: `crate::name`, and
/// `super::super::name` where that many `super` lead there.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) from_root: bool,
    /// Followed by `!`: a macro is called.
    pub(crate) is_macro: bool,
}

/// Every name in the shipped code of a file; `depth` is how many modules lie between it and the crate.
pub(crate) fn words(file: &File, depth: usize) -> Vec<Word> {
    let tests = test_lines(&parse(file));
    let mut words = all_words(file, depth);
    words.retain(|word| !tests.iter().any(|(from, to)| (*from..=*to).contains(&word.line)));
    words
}

/// Every name in the file, that of tests too; `depth` as for [`words`].
pub(crate) fn all_words(file: &File, depth: usize) -> Vec<Word> {
    let tokens: TokenStream = match file.text.parse() {
        Ok(tokens) => tokens,
        Err(error) => panic!("{}: {error}", file.path),
    };
    let mut words = Vec::new();
    walk(tokens, depth, Place::Start, &mut words);
    words
}

/// Where in a path the next name stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Not in a path.
    Start,
    /// Behind `crate` or `super`, this many modules below the crate.
    Above(usize),
    /// Further along.
    Along,
}

fn walk(tokens: TokenStream, depth: usize, begin: Place, words: &mut Vec<Word>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut place = begin;
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1);
        match token {
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                words.push(Word {
                    line: ident.span().start().line,
                    from_root: place == Place::Above(0),
                    is_macro: next.is_some_and(|next| is_punct(next, '!')),
                    name: name.clone(),
                });
                place = after(place, &name, depth);
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            TokenTree::Punct(punct) if punct.as_char() == ',' => place = begin,
            TokenTree::Punct(_) | TokenTree::Literal(_) => place = Place::Start,
            TokenTree::Group(group) => {
                let inside = if group.delimiter() == Delimiter::Brace { place } else { Place::Start };
                let module = index >= 2 && is_ident(&tokens[index - 2], "mod");
                let inside = if module || !follows_colon(&tokens, index) { Place::Start } else { inside };
                walk(group.stream(), depth + usize::from(module), inside, words);
                place = Place::Start;
            }
        }
    }
}

fn after(place: Place, name: &str, depth: usize) -> Place {
    match (name, place) {
        ("crate", _) => Place::Above(0),
        ("super", Place::Above(left)) => Place::Above(left.saturating_sub(1)),
        ("super", _) => Place::Above(depth.saturating_sub(1)),
        _ => Place::Along,
    }
}

fn follows_colon(tokens: &[TokenTree], index: usize) -> bool {
    index > 0 && is_punct(&tokens[index - 1], ':')
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

fn is_ident(token: &TokenTree, wanted: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == wanted)
}

/// How many modules lie between a file and its crate, by its path behind `src/`.
pub(crate) fn depth_of(path_in_src: &str) -> usize {
    let parts: Vec<&str> = path_in_src.split('/').collect();
    match parts.last() {
        Some(&("mod.rs" | "lib.rs" | "main.rs")) => parts.len() - 1,
        _ => parts.len(),
    }
}

/// A named item: its line, what it is, its name.
pub(crate) struct Named {
    pub(crate) line: usize,
    pub(crate) is_type: bool,
    pub(crate) name: String,
}

/// Every struct, enum, trait, type, function and module that this project named itself.
pub(crate) fn named_items(file: &File) -> Vec<Named> {
    let mut items = NamedItems(Vec::new());
    items.visit_file(&parse(file));
    items.0
}

struct NamedItems(Vec<Named>);

impl NamedItems {
    fn push(&mut self, ident: &syn::Ident, is_type: bool) {
        self.0.push(Named { line: ident.span().start().line, is_type, name: ident.to_string() });
    }
}

impl Visit<'_> for NamedItems {
    fn visit_item(&mut self, item: &syn::Item) {
        match item {
            syn::Item::Struct(item) => self.push(&item.ident, true),
            syn::Item::Enum(item) => self.push(&item.ident, true),
            syn::Item::Trait(item) => self.push(&item.ident, true),
            syn::Item::Type(item) => self.push(&item.ident, true),
            // The name of a test is a sentence.
            syn::Item::Fn(item) if item.attrs.iter().any(|attribute| attribute.path().is_ident("test")) => {}
            syn::Item::Fn(item) => self.push(&item.sig.ident, false),
            syn::Item::Mod(item) => self.push(&item.ident, false),
            // The names in `impl Trait for X` are the trait's.
            syn::Item::Impl(item) if item.trait_.is_some() => return,
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        self.push(&function.sig.ident, false);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &syn::TraitItemFn) {
        self.push(&function.sig.ident, false);
        visit::visit_trait_item_fn(self, function);
    }
}

#[test]
fn tests_inside_a_file_are_not_shipped() {
    let text = "//! A.\nfn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";
    let file = File { path: "core/src/a.rs".into(), text: text.into(), bytes: 0 };
    assert_eq!(shipped_lines(&file), 3);
    assert!(words(&file, 1).iter().all(|word| word.name != "b"));
    assert!(words(&file, 1).iter().any(|word| word.name == "c"));
}

#[test]
fn a_path_from_the_crate_is_seen_however_it_is_spelled() {
    let text = "use crate::{one::A, two};\nuse super::super::three::B;\nfn f() { crate::four::g(); m!(crate::five) }\n\
                use std::{six, seven};\nmod t { use super::super::super::eight; use super::nine; }\n\
                fn h() { match x { Z::A => (), ten::B => () } }";
    let file = File { path: "core/src/a/b.rs".into(), text: text.into(), bytes: 0 };
    let rooted: Vec<String> = words(&file, depth_of("a/b.rs"))
        .into_iter()
        .filter(|word| word.from_root && word.name != "super")
        .map(|word| word.name)
        .collect();
    assert_eq!(rooted, ["one", "two", "three", "four", "five", "eight"]);
}
