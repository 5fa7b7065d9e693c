//! Tests of the Markdown files: their links lead somewhere, and both READMEs have the same parts.

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
