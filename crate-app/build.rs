//! Turns the texts in `locales` into the module `i18n`. A text that is missing in one language does not build.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use leptos_i18n_codegen::gen_code;
use leptos_i18n_parser::parse_locales::options::{Config, ParseOptions};
use leptos_i18n_parser::parse_locales::parse_locales;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let config = Config::new("en")?
        .add_locale("zh")?
        .add_namespaces(["shell", "market", "chart", "lab"])?
        // Texts take whatever can be displayed, and are strings: the macros for views are five times the size.
        .parse_options(ParseOptions::new().interpolate_display(true));
    let parsed = parse_locales(None, config)?;
    for path in parsed.tracked_files.iter().flatten() {
        println!("cargo::rerun-if-changed={path}");
    }
    for warning in parsed.diag.warnings().iter() {
        println!("cargo::error={warning}");
    }
    for error in parsed.diag.errors().iter() {
        println!("cargo::error={error}");
    }
    let attributes = "#![allow(missing_docs, unreachable_pub, unused, unused_qualifications)]
        #![allow(clippy::module_inception)]"
        .parse()?;
    let code = gen_code(&parsed, None, false, Some(&attributes), false)?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("i18n.rs"), code.to_string())?;
    Ok(())
}
