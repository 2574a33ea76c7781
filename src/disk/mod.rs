//! Files on disk: read only where they are plain files, written whole or not at all.
//!
//! What a name leads to may have been changed by others. A file of ours that is a link,
//! a pipe or a device is refused, so that nothing is read or overwritten elsewhere.

mod output;
mod plain;

pub use output::{Output, stdout, write};
pub use plain::{Refused, fresh, is_folder, is_still_at, open, open_to_lock, sync_folder};
