//! Files that somebody asked for: written whole or not at all.

use super::{fresh, sync_folder};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Links on the way to an output, at most: as many as Linux follows.
const LINKS: usize = 40;

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
                return Ok(Self { file: straight(&path)?, names: None });
            }
        };
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        // Another process may write the same: each has its own file until it is whole.
        let mut part = name.to_owned();
        part.push(format!(".part-{}", std::process::id()));
        let part = path.with_file_name(part);
        let file = fresh(&part)?;
        let output = Self { file, names: Some((part, path)) };
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
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut all: Vec<_> = entries
            .map(|e| e.expect("an entry").file_name())
            .map(|name| name.into_string().expect("a name"))
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
}
