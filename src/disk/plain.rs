//! Plain files, opened where they are and never where a link leads.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Why a plain file cannot be opened.
#[derive(Debug)]
pub enum Refused {
    /// Nothing has the name.
    Missing,
    /// Something else has it; the words say what.
    NotPlain(&'static str),
    /// The system's reason.
    System(io::Error),
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Missing => io::ErrorKind::NotFound.into(),
            Refused::NotPlain(what) => io::Error::other(what),
            Refused::System(error) => error,
        }
    }
}

/// Opens a plain file to read it.
///
/// # Errors
/// When it is missing, something else, or the system refuses.
pub fn open(path: &Path) -> Result<File, Refused> {
    open_plain(path, OpenOptions::new().read(true))
}

/// Opens a plain file to lock it, and makes it where it is missing. What it holds stays.
///
/// # Errors
/// As [`open`].
pub fn open_to_lock(path: &Path) -> Result<File, Refused> {
    open_plain(path, OpenOptions::new().read(true).write(true).create(true).truncate(false))
}

fn open_plain(path: &Path, options: &mut OpenOptions) -> Result<File, Refused> {
    // Before it is opened: opening a device may do something already.
    let before = fs::symlink_metadata(path);
    if let Some(what) = before.as_ref().ok().and_then(other_than_plain) {
        return Err(Refused::NotPlain(what));
    }
    let file = match not_followed(options).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Refused::Missing),
        Err(error) => return Err(Refused::System(error)),
    };
    // And of what was opened: the name may lead elsewhere by now.
    match file.metadata().map_err(Refused::System)? {
        facts if facts.is_file() => Ok(file),
        facts => Err(Refused::NotPlain(other_than_plain(&facts).unwrap_or("no plain file"))),
    }
}

/// Whether an open file still has the name that it was opened by.
#[cfg(unix)]
#[must_use]
pub fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |facts: &fs::Metadata| (facts.dev(), facts.ino());
    let (own, there) = (file.metadata(), fs::symlink_metadata(path));
    matches!((&own, &there), (Ok(own), Ok(there)) if place(own) == place(there))
}

/// Whether an open file still has the name that it was opened by: not known here.
#[cfg(not(unix))]
#[must_use]
pub fn is_still_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// What it is, where it is no plain file.
fn other_than_plain(facts: &fs::Metadata) -> Option<&'static str> {
    match facts.file_type() {
        kind if kind.is_file() => None,
        kind if kind.is_symlink() => Some("a symbolic link"),
        kind if kind.is_dir() => Some("a folder"),
        _ => Some("a pipe or a device"),
    }
}

/// Whether a folder is there that is no link to one.
///
/// # Errors
/// When something else has the name, or the system refuses.
pub fn is_folder(path: &Path) -> Result<bool, Refused> {
    match fs::symlink_metadata(path) {
        Ok(facts) if facts.is_dir() => Ok(true),
        Ok(facts) => Err(Refused::NotPlain(other_than_plain(&facts).unwrap_or("a file"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Refused::System(error)),
    }
}

#[cfg(unix)]
fn not_followed(options: &mut OpenOptions) -> &OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    // Not to wait either, where a pipe took the place of the file.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.custom_flags(flags.bits().cast_signed())
}

#[cfg(not(unix))]
fn not_followed(options: &mut OpenOptions) -> &OpenOptions {
    options
}

/// Makes a file that was not there, to write it. One of this name goes: what a writer
/// that died left, or a link, never what a link leads to.
///
/// # Errors
/// When the system refuses.
pub fn fresh(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Makes new names in a folder last, where the system can.
///
/// # Errors
/// When the system refuses.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        return File::open(folder)?.sync_all();
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::os::unix::fs::symlink;

    #[test]
    fn only_plain_files_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("plain"), "text").unwrap();
        symlink("plain", at("link")).unwrap();
        let mut text = String::new();
        open(&at("plain")).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
        for path in [at("link"), folder.path().into(), "/dev/zero".into()] {
            for opened in [open(&path), open_to_lock(&path)] {
                assert!(matches!(opened, Err(Refused::NotPlain(_))), "{path:?}");
            }
        }
        assert!(matches!(open(&at("none")), Err(Refused::Missing)));
        open_to_lock(&at("plain")).unwrap();
        assert_eq!(fs::read(at("plain")).unwrap(), b"text");
        assert!(matches!(is_folder(&at("link")), Err(Refused::NotPlain("a symbolic link"))));
        let mut file = fresh(&at("link")).unwrap();
        file.write_all(b"own").unwrap();
        assert_eq!(fs::read(at("plain")).unwrap(), b"text");
    }
}
