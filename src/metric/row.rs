//! What becomes of the rows of the table: the metrics and their facts.

macro_rules! metrics {
    (@or $without:expr) => { $without };
    (@or $without:expr, $given:expr) => { $given };
    ($($chapter:literal {$(
        $variant:ident $name:literal, $title:literal, $scale:expr, $better:ident, $along:ident
        $(, $default:expr, $definitions:expr)?;
            $source:literal $meaning:literal $formula:literal;
    )*})*) => {
        /// What a run measures.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Metric {$($(
            #[doc = $meaning]
            $variant,
        )*)*}

        impl Metric {
            /// All metrics, in the order of `docs/metrics.md`.
            pub const ALL: &[Metric] = &[$($(Metric::$variant),*),*];
        }

        /// The facts of each metric, in the order of the metrics.
        pub(super) const FACTS: &[Facts] = &[$($(Facts {
            name: $name,
            title: $title,
            chapter: $chapter,
            scale: $scale,
            better: $better,
            along: $along,
            source: $source,
            meaning: $meaning,
            formula: $formula,
            default: metrics!(@or None $(, $default)?),
            definitions: metrics!(@or &[] $(, $definitions)?),
        }),*),*];
    };
}

pub(super) use metrics;
