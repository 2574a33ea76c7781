//! Files on disk: read only where they are plain files, written whole or not at all.
//!
//! What a name leads to may have been changed by others. A file of ours that is a link,
//! a pipe or a device is refused, so that nothing is read or overwritten elsewhere.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Links on the way to an output, at most: as many as Linux follows.
const LINKS: usize = 40;

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
    open_plain(
        path,
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false),
    )
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
        facts => Err(Refused::NotPlain(
            other_than_plain(&facts).unwrap_or("no plain file"),
        )),
    }
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
        Ok(facts) => Err(Refused::NotPlain(
            other_than_plain(&facts).unwrap_or("a file"),
        )),
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

/// Writes a file whole, or leaves what was there.
///
/// # Errors
/// When the system refuses.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut output = Output::create(path)?;
    output.write_all(bytes)?;
    output.finish()
}

/// A file that somebody asked for, being written. It has its name from [`Output::finish`]
/// on; dropped before, it leaves nothing. A pipe or a device is written as the bytes come.
#[derive(Debug)]
pub struct Output {
    file: File,
    /// The name for the time being, and the one to come.
    names: Option<(PathBuf, PathBuf)>,
}

impl Output {
    /// Begins to write. Links that somebody made are followed, as the shell follows them.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(path: &Path) -> io::Result<Self> {
        let path = match place(path)? {
            Place::Whole(path) => path,
            Place::Straight(path) => {
                return Ok(Self {
                    file: straight(&path)?,
                    names: None,
                });
            }
        };
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        // Another process may write the same: each has its own file until it is whole.
        let mut part = name.to_owned();
        part.push(format!(".part-{}", std::process::id()));
        let part = path.with_file_name(part);
        let file = fresh(&part)?;
        let output = Self {
            file,
            names: Some((part, path)),
        };
        if let Some((_, path)) = &output.names
            && let Ok(facts) = fs::metadata(path)
        {
            output.file.set_permissions(facts.permissions())?; // who may read it stays
        }
        Ok(output)
    }

    /// Makes the file last, and gives it its name.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        let Some((part, path)) = &self.names else {
            return Ok(());
        };
        self.file.sync_all()?;
        fs::rename(part, path)?;
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
        // It is there and whole: whether its name outlives a power cut is not worth an error.
        let _ = sync_folder(folder.unwrap_or(Path::new(".")));
        self.names = None;
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.file.write(data)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some((part, _)) = &self.names {
            let _ = fs::remove_file(part); // the first error is the one to tell
        }
    }
}

/// How an output is written.
enum Place {
    /// Beside, and renamed.
    Whole(PathBuf),
    /// As it comes: a pipe or a device is not to be replaced.
    Straight(PathBuf),
}

/// Where a path leads.
fn place(path: &Path) -> io::Result<Place> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&path) {
            // Links of the system are streams that somebody has open, as /dev/stdout.
            Ok(facts)
                if facts.is_symlink()
                    && (path.starts_with("/dev") || path.starts_with("/proc")) =>
            {
                return Ok(Place::Straight(path));
            }
            Ok(facts) if facts.is_symlink() => {
                let folder = path.parent().unwrap_or(Path::new(""));
                path = folder.join(fs::read_link(&path)?);
            }
            Ok(facts) if facts.is_file() => return Ok(Place::Whole(path)),
            Ok(_) => return Ok(Place::Straight(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Place::Whole(path));
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

fn straight(path: &Path) -> io::Result<File> {
    // The stream itself: opened anew, a file behind it would be written from its start.
    match path.to_str() {
        Some("/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => stdout(),
        _ => OpenOptions::new().write(true).open(path),
    }
}

/// Standard output without the line buffer that Rust puts before it.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
pub fn stdout() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    io::stdout().flush()?;
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Standard output without the line buffer that Rust puts before it.
///
/// # Errors
/// When the system refuses.
#[cfg(not(unix))]
pub fn stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    io::stdout().flush()?;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::Read as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut all: Vec<_> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        all.sort();
        all
    }

    #[test]
    fn an_output_is_there_whole_or_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.html");
        let mut output = Output::create(&path).unwrap();
        output.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(output);
        assert!(names(folder.path()).is_empty());
        write(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let mut output = Output::create(&path).unwrap();
        output.write_all(b"t").unwrap();
        drop(output);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(folder.path()), ["r.html"]);
    }

    #[test]
    fn a_link_of_the_user_is_followed_and_stays_and_a_device_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("real")).unwrap();
        symlink("real/r.html", at("link")).unwrap();
        write(&at("link"), b"new").unwrap();
        assert_eq!(fs::read(at("real/r.html")).unwrap(), b"new");
        assert!(at("link").is_symlink());
        symlink("/dev/null", at("null")).unwrap();
        write(&at("null"), b"gone").unwrap();
        write(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        symlink("loop", at("loop")).unwrap();
        assert!(write(&at("loop"), b"x").is_err());
        assert!(write(&at("real"), b"x").is_err());
        assert!(write(&at("nowhere/x"), b"x").is_err());
    }

    #[test]
    fn only_plain_files_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("plain"), "text").unwrap();
        symlink("plain", at("link")).unwrap();
        let mut text = String::new();
        open(&at("plain"))
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "text");
        for path in [at("link"), folder.path().into(), "/dev/zero".into()] {
            for opened in [open(&path), open_to_lock(&path)] {
                assert!(matches!(opened, Err(Refused::NotPlain(_))), "{path:?}");
            }
        }
        assert!(matches!(open(&at("none")), Err(Refused::Missing)));
        open_to_lock(&at("plain")).unwrap();
        assert_eq!(fs::read(at("plain")).unwrap(), b"text");
        assert!(matches!(
            is_folder(&at("link")),
            Err(Refused::NotPlain("a symbolic link"))
        ));
        let mut file = fresh(&at("link")).unwrap();
        file.write_all(b"own").unwrap();
        assert_eq!(fs::read(at("plain")).unwrap(), b"text");
    }
}
