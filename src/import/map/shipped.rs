//! The mappings that come with the program.

/// A mapping that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// Its name, for `--map`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal,)+) => {
        /// All of them, the more particular before those that fit more tables.
        pub const SHIPPED: &[Shipped] = &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../../../maps/", $name, ".yaml")),
        }),+];
    };
}

shipped! {
    "simmer",
}
