//! Finds types that look like event enums and are not.

use serde::de::{DeserializeOwned, Expected, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

use super::probe::{Stop, is_event_enum};

/// Wrappers looked into, one inside the other; a recursive type has no end of them.
const DEPTH: u8 = 8;

pub(super) fn warning<T: DeserializeOwned>() -> Option<String> {
    let mut trap = None;
    let _ = T::deserialize(LintProbe { wrapper: None, depth: 0, trap: &mut trap });
    let (because, instead) = match trap? {
        Trap::Option => (
            "the enum stands inside an `Option`",
            "use the enum itself, with a unit variant for the event that says \"none\"",
        ),
        Trap::Newtype => (
            "the enum stands inside a newtype struct",
            "use the enum itself, or put #[serde(transparent)] on the struct",
        ),
        Trap::Result => {
            ("it is a `Result`", "use an enum of your own, with a variant for the failure")
        }
        Trap::Untagged => (
            "it is an untagged enum or has an untagged variant",
            "remove #[serde(untagged)]; #[serde(other)] on a unit variant takes the events of unknown names",
        ),
    };
    Some(format!(
        "`{}` is read as JSON from unnamed events (`message`), its variants are not taken as events, since \
         {because}. For one named event a variant, {instead}. If JSON is what you want, make it a field of a \
         struct.",
        std::any::type_name::<T>()
    ))
}

#[derive(Clone, Copy)]
enum Trap {
    Option,
    Newtype,
    Result,
    Untagged,
}

struct LintProbe<'a> {
    /// The outermost wrapper that we are inside of.
    wrapper: Option<Trap>,
    depth: u8,
    trap: &'a mut Option<Trap>,
}

impl LintProbe<'_> {
    fn inside(self, wrapper: Trap) -> Result<Self, Stop> {
        if self.depth == DEPTH {
            return Err(Stop);
        }
        Ok(Self { wrapper: self.wrapper.or(Some(wrapper)), depth: self.depth + 1, trap: self.trap })
    }
}

impl<'de> Deserializer<'de> for LintProbe<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        // Serde's derive buffers an untagged enum first, and the buffer asks for "any value": nothing else about
        // it can be seen from here.
        if self.wrapper.is_none() && (&visitor as &dyn Expected).to_string() == "any value" {
            *self.trap = Some(Trap::Untagged);
        }
        Err(Stop)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        *self.trap = if is_event_enum(name, variants) {
            self.wrapper
        } else {
            Some(self.wrapper.unwrap_or(Trap::Result))
        };
        Err(Stop)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_some(self.inside(Trap::Option)?)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self.inside(Trap::Newtype)?)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}
