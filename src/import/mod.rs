//! Foreign logs become runs: events of provenance *imported*, in an ordinary run directory.
//!
//! `table` reads rows of text from whatever a file is; `map` says which column is what;
//! `survey` goes through all rows once and decides what only a whole column can tell
//! (`stamp`, `length`); `rows` makes contacts of them the second time (`contacts`); `duties`
//! finds who was at work, `emit` tells all of it as events, and `outline` writes the scenario
//! that gives the run its head. `docs/import.md` describes the files and what is refused.

pub mod contacts;
mod duties;
mod emit;
mod length;
mod map;
mod outline;
mod refused;
mod rows;
mod stamp;
mod survey;
mod table;

pub use duties::Staff;
pub use emit::play;
pub use length::Unit;
pub use map::{End, Map, Part, Role, Rows, SHIPPED, Shipped, Step, Top};
pub use outline::{NoHead, Outline, head};
pub use refused::{Refusals, Refused};
pub use rows::{Counted, read_contacts};
pub use stamp::{Clock, Layout};
pub use survey::{Survey, survey};
pub use table::{Delimiter, Table, Unreadable, Wanted};
