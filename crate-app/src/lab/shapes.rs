//! What changes in a view, and what its buttons do, in a few types: the code that renders each exists once. The inspector has
//! the same for itself: they are too little to be part of the library's interface.

use leptos::ev::MouseEvent;

pub(super) type Words = Box<dyn Fn() -> String + Send>;
pub(super) type Flag = Box<dyn Fn() -> bool + Send>;
pub(super) type Press = Box<dyn FnMut(MouseEvent)>;

pub(super) fn words(words: impl Fn() -> String + Send + 'static) -> Words {
    Box::new(words)
}

pub(super) fn flag(flag: impl Fn() -> bool + Send + 'static) -> Flag {
    Box::new(flag)
}

pub(super) fn press(press: impl FnMut(MouseEvent) + 'static) -> Press {
    Box::new(press)
}
