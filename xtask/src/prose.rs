//! Tests of the Markdown files: their links lead somewhere, both READMEs have the same parts and tell every option, and tests
//! that are named are there.

use std::fs;
use std::path::{Path, PathBuf};

const SKIPPED: [&str; 3] = ["target", "dist", "node_modules"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn markdown_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder to read") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&&*name) {
            markdown_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

/// The lines outside of fenced code (`code` false), or those inside, without the fences.
fn lines(text: &str, code: bool) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !fence && inside == code
    })
}

/// What stands between `start` and `end`, each time.
fn between<'a>(line: &'a str, start: &'a str, end: char) -> impl Iterator<Item = &'a str> {
    line.split(start).skip(1).filter_map(move |rest| rest.split_once(end).map(|(link, _)| link))
}

/// As GitHub makes a heading's anchor.
fn anchor(heading: &str) -> String {
    let kept = |char: &char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_');
    heading.trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

fn leads_somewhere(file: &Path, link: &str) -> bool {
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => file.to_path_buf(),
        path => file.with_file_name(path),
    };
    let has_anchor = || {
        let heading =
            |line: &str| line.starts_with('#').then(|| line.trim_start_matches('#').to_owned());
        lines(&read(&target), false).filter_map(heading).any(|it| anchor(&it) == fragment)
    };
    target.exists() && (fragment.is_empty() || has_anchor())
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut files = Vec::new();
    markdown_files(root(), &mut files);
    let mut links = 0;
    let mut broken = Vec::new();
    for file in &files {
        for line in lines(&read(file), false) {
            let found = [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"'), ("href=\"", '"')];
            let found = found.into_iter().flat_map(|(start, end)| between(line, start, end));
            for link in found.filter(|link| !link.contains("://")) {
                links += 1;
                if !leads_somewhere(file, link) {
                    broken.push(format!("{}: {link}", file.display()));
                }
            }
        }
    }
    assert!(links > 20, "{links} links in {files:?}");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn both_readmes_have_the_same_parts() {
    let [english, chinese] = ["README.md", "README.zh.md"].map(|name| read(&root().join(name)));
    let code = |text: &str| -> Vec<String> {
        // Comments are translated.
        let code = |line: &str| line.split("  #").next().unwrap_or_default().trim().to_owned();
        lines(text, true).map(code).collect()
    };
    assert_eq!(code(&english), code(&chinese));
    // Headings by their depth, tables by their columns, lists by their items.
    let shape = |text: &str| -> Vec<String> {
        let mark = |line: &str| match line.chars().next()? {
            '#' => Some("#".repeat(line.split(' ').next()?.len())),
            '|' => Some("|".repeat(line.matches('|').count())),
            '-' => Some("-".to_owned()),
            _ => None,
        };
        lines(text, false).filter_map(mark).collect()
    };
    assert_eq!(shape(&english), shape(&chinese));
}

fn rust_sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder to read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&read(&path));
        }
    }
}

#[test]
fn every_test_that_answers_a_mistake_of_others_is_there() {
    let architecture = read(&root().join("ARCHITECTURE.md"));
    let (_, part) =
        architecture.split_once("\n## What others get wrong").expect("the heading is there");
    let part = part.split_once("\n## ").map_or(part, |(part, _)| part);
    let mut sources = String::new();
    for folder in ["crate-client/src", "crate-client/tests"] {
        rust_sources(&root().join(folder), &mut sources);
    }
    let mut named = 0;
    for row in part.lines().filter(|line| line.starts_with('|')).skip(2) {
        let before = named;
        for test in row.split('`').skip(1).step_by(2).filter(|code| code.contains('_')) {
            named += 1;
            assert!(sources.contains(test), "{test} is none of the library's tests");
        }
        assert!(named > before, "names no test: {row}");
    }
    assert!(named > 20, "{named} tests are named");
}

/// The public methods that set an option, in the blocks `impl NAME {` of a source.
fn options<'a>(source: &'a str, of: &str) -> Vec<&'a str> {
    let start = format!("\nimpl {of} {{\n");
    let (_, block) = source.split_once(&start).unwrap_or_else(|| panic!("{start:?} is there"));
    let block = block.split_once("\n}\n").map_or(block, |(block, _)| block);
    let mut found = Vec::new();
    for method in block
        .split("pub ")
        .skip(1)
        .filter_map(|it| it.trim_start_matches("const ").strip_prefix("fn "))
    {
        let (head, _) = method.split_once('{').expect("a body");
        if head.contains("self") && head.contains("-> Self") {
            found.push(method.split(['(', '<']).next().expect("a name"));
        }
    }
    found
}

/// The part with the tables of all options.
fn options_part(readme: &str) -> &str {
    let (before, _) = readme.split_once("\n| `with_credentials`").expect("its table");
    let after = &readme[before.len()..];
    after.split_once("\n## ").map_or(after, |(part, _)| part)
}

#[test]
fn both_readmes_and_the_crates_docs_tell_every_option_and_every_feature() {
    let read = |path: &str| read(&root().join(path));
    let readmes = [read("README.md"), read("README.zh.md")];
    let mut told = 0;
    for (file, of) in [
        ("options.rs", "Options"),
        ("options/retry.rs", "Retry"),
        ("options/fetch.rs", "Fetch"),
        ("protocol/parser/limits.rs", "Limits"),
        ("recording/recorder.rs", "Recorder"),
    ] {
        let source = read(&format!("crate-client/src/{file}"));
        let options = options(&source, of);
        assert!(options.len() > 2, "{of}: {options:?}");
        told += options.len();
        for option in options {
            let row = format!("`{option}`");
            let part = |text: &String| options_part(text).contains(&row);
            assert!(readmes.iter().all(part), "{of}::{option} is not in both READMEs");
        }
    }
    assert!(told > 30, "{told}");
    let manifest = read("crate-client/Cargo.toml");
    let (_, features) = manifest.split_once("[features]\n").expect("features");
    let (features, _) = features.split_once("\n\n").expect("and more");
    let crate_docs = read("crate-client/src/lib.rs");
    let names = features.lines().filter_map(|line| line.split_once(" = [")).map(|(name, _)| name);
    for feature in names.filter(|name| *name != "default") {
        let name = format!("`{feature}`");
        assert!(
            readmes.iter().all(|text| text.contains(&name)),
            "{feature} is not in both READMEs"
        );
        assert!(
            crate_docs.contains(&format!("//! - {name}")),
            "{feature} is not in the crate's docs"
        );
    }
}
