//! `Intl.NumberFormat` and `Intl.DateTimeFormat`, one formatter for each style, made when first used and anew after
//! a change of the language.

use std::cell::RefCell;

use js_sys::{Array, Date, Function, Intl, JSON, Object};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};

use super::{DateStyle, Style};
use crate::i18n::{self, Locale};

thread_local! {
    static FORMATTERS: RefCell<Option<Formatters>> = const { RefCell::new(None) };
}

/// Bound `format` functions, by style.
struct Formatters {
    locale: Locale,
    tags: Array,
    numbers: [Option<Function>; 6],
    dates: [Option<Function>; 4],
    time_of_day: Option<Function>,
}

pub(super) fn number(style: Style, number: f64) -> String {
    with_formatters(|formatters| {
        let Formatters { tags, numbers, .. } = formatters;
        let format = numbers[style as usize].get_or_insert_with(|| {
            Intl::NumberFormat::new(tags, &options(style_options(style))).format()
        });
        call(format, &number.into())
    })
    .unwrap_or_default()
}

pub(super) fn date(style: DateStyle, iso: &str) -> Option<String> {
    // A day alone is midnight in UTC; of no date the formatter throws.
    let date = Date::new(&iso.into());
    with_formatters(|Formatters { tags, dates, .. }| {
        let format = dates[style as usize].get_or_insert_with(|| {
            Intl::DateTimeFormat::new(tags, &options(date_style_options(style))).format()
        });
        call(format, &date)
    })
}

pub(super) fn time_of_day(milliseconds: f64) -> String {
    with_formatters(|Formatters { tags, time_of_day, .. }| {
        let format = time_of_day.get_or_insert_with(|| {
            Intl::DateTimeFormat::new(tags, &options(r#"{"timeStyle":"medium"}"#)).format()
        });
        call(format, &milliseconds.into())
    })
    .unwrap_or_default()
}

const fn style_options(style: Style) -> &'static str {
    match style {
        Style::Price => r#"{"minimumFractionDigits":2,"maximumFractionDigits":2}"#,
        Style::SignedPercent => {
            r#"{"style":"percent","signDisplay":"exceptZero","minimumFractionDigits":2,"maximumFractionDigits":2}"#
        }
        Style::Percent => {
            r#"{"style":"percent","minimumFractionDigits":2,"maximumFractionDigits":2}"#
        }
        Style::OneDecimal => r#"{"minimumFractionDigits":1,"maximumFractionDigits":1}"#,
        Style::Integer => "{}",
        Style::Compact => {
            r#"{"notation":"compact","minimumSignificantDigits":3,"maximumSignificantDigits":3}"#
        }
    }
}

const fn date_style_options(style: DateStyle) -> &'static str {
    match style {
        DateStyle::Full => r#"{"dateStyle":"medium","timeZone":"UTC"}"#,
        DateStyle::Day => r#"{"month":"short","day":"numeric","timeZone":"UTC"}"#,
        DateStyle::Month => r#"{"month":"short","timeZone":"UTC"}"#,
        DateStyle::Year => r#"{"year":"numeric","timeZone":"UTC"}"#,
    }
}

fn options(json: &str) -> Object {
    JSON::parse(json).ok().and_then(|options| options.dyn_into().ok()).unwrap_or_default()
}

fn call(format: &Function, value: &JsValue) -> Option<String> {
    format.call1(&JsValue::UNDEFINED, value).ok()?.as_string()
}

fn with_formatters<T>(body: impl FnOnce(&mut Formatters) -> T) -> T {
    let locale = i18n::locale();
    FORMATTERS.with_borrow_mut(|formatters| {
        let formatters = match formatters {
            Some(formatters) if formatters.locale == locale => formatters,
            outdated => outdated.insert(Formatters::new(locale)),
        };
        body(formatters)
    })
}

impl Formatters {
    fn new(locale: Locale) -> Self {
        let browser: Vec<String> =
            window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect();
        let tags = Array::of1(&i18n::regional(locale, &browser).into());
        Self {
            locale,
            tags,
            numbers: [const { None }; 6],
            dates: [const { None }; 4],
            time_of_day: None,
        }
    }
}
