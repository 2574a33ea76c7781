//! Foreign logs become runs: events of provenance *imported*, in an ordinary run directory.
//!
//! `table` reads rows of text from whatever a file is; `map` says which column is what;
//! `survey` goes through all rows once and decides what only a whole column can tell
//! (`stamp`, `length`); `rows`, `cases` and `counts` make contacts of them the second time;
//! `duties` finds who was at work, `emit` tells all of it as events, and `outline` writes the
//! scenario that gives the run its head. `probe` looks at a table that no map is for yet.
//! `docs/import.md` describes the files and what is refused.

mod cases;
pub mod contacts;
mod counts;
mod duties;
mod emit;
mod every_row;
mod length;
mod map;
mod outline;
mod probe;
mod refused;
mod rows;
mod stamp;
mod survey;
mod table;

pub use cases::read_cases;
pub use counts::read_counts;
pub use duties::Staff;
pub use emit::play;
pub use length::Unit;
pub use map::{End, Map, Part, Role, Rows, SHIPPED, Shipped, Step, Top};
pub use outline::{NoHead, Outline, head};
pub use probe::{Probe, probe};
pub use refused::{Refusals, Refused};
pub use rows::{Counted, Span, read_contacts};
pub use stamp::{Clock, Layout, Local, parse};
pub use survey::{Survey, survey};
pub use table::{Delimiter, Table, Unreadable, Wanted};
