//! Values of the file and where they stand.

use std::ops::Deref;

use crate::scenario::file::Named;

/// A value of the file with its place: what is told of it names the place.
#[derive(Debug)]
pub struct At<'f, T> {
    /// The value.
    pub value: &'f T,
    /// Its path, as `teams.chat.shifts[0].agents`; empty for the whole file.
    pub path: String,
}

/// A field of a value that knows its place, by the name of the field: `at!(file.time.open)`.
macro_rules! at {
    ($of:ident $(.$field:ident)+) => {
        $of.within(&$of.value$(.$field)+, concat!($(".", stringify!($field)),+))
    };
}
pub(super) use at;

impl<T> Deref for At<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
    }
}

impl<'f, T> At<'f, T> {
    /// A value at a path.
    pub fn new(value: &'f T, path: &str) -> Self {
        At { value, path: path.to_owned() }
    }

    /// A value within this one, by the path from here to it: `.field` or `[0]`.
    pub fn within<U>(&self, value: &'f U, path: &str) -> At<'f, U> {
        let path = if self.path.is_empty() { path.trim_start_matches('.') } else { path };
        At { value, path: format!("{}{path}", self.path) }
    }
}

impl<'f, T> At<'f, Option<T>> {
    /// The value, where it is given.
    pub fn given(self) -> Option<At<'f, T>> {
        let value = self.value.as_ref()?;
        Some(At { value, path: self.path })
    }
}

impl<'f, T> At<'f, Vec<T>> {
    /// The items of a list.
    pub fn each(&self) -> impl Iterator<Item = At<'f, T>> {
        let items = self.value.iter().enumerate();
        items.map(move |(n, value)| self.within(value, &format!("[{n}]")))
    }
}

impl<'f, T> At<'f, Named<T>> {
    /// The names of a map and what they name, which stand in one place.
    pub fn each(&self) -> impl Iterator<Item = (At<'f, String>, At<'f, T>)> {
        self.value.0.iter().map(move |(name, value)| {
            let step = format!(".{name}");
            (self.within(name, &step), self.within(value, &step))
        })
    }
}
